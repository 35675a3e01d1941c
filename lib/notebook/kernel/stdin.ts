import type { Engine } from "./engine/engine";
import type { News } from "./engine/engine-link";
import type { Send } from "./wire/sockets";
import type { Content, Message } from "./wire/messages";

/** Carries the questions of cells to the reader: an input_request on the stdin channel, answered by an input_reply. */
interface Stdin {
  ask(question: Extract<News, { readonly kind: "question" }>, request: Message | undefined): void;
  reply(content: Content): void;
}

export function createStdin(engine: Pick<Engine, "answer">, send: Send): Stdin {
  const open: number[] = []; // the last is the one the reader sees
  return {
    ask({ question, prompt, password }, request) {
      if (request?.content["allow_stdin"] !== true) {
        return engine.answer(
          question,
          undefined,
          "input() asked, but nobody can answer here: the notebook runs without a reader. Make it a parameter.",
        );
      }
      open.push(question);
      send("stdin", "input_request", { prompt, password }, request);
    },
    reply({ value }) {
      const question = open.pop();
      if (question !== undefined) engine.answer(question, typeof value === "string" ? value : "");
    },
  };
}
