import type { ChatMessage } from "../tokenizers/chat-template";

/** A prompt as the messages of a chat. */
interface Conversation {
  readonly messages: readonly ChatMessage[];
  readonly opened: string; // the beginning of the model's turn that the prompt contains: "<think>"
}

/** Formats of turns in a prompt: role, text, and the end of the turn, which an open turn lacks. */
const formats = [
  { name: "ChatML", mark: "<|im_start|>", turn: /<\|im_start\|>(\w+)\n([^]*?)(<\|im_end\|>\s*|$)/g },
  {
    name: "Llama 3",
    mark: "<|start_header_id|>",
    turn: /(?:<\|begin_of_text\|>)?<\|start_header_id\|>(\w+)<\|end_header_id\|>\n\n([^]*?)(<\|eot_id\|>\s*|$)/g,
  },
] as const;

const openedTag = /<(?:think|answer)>\s*$/;

/**
 * Splits a prompt in ChatML or in Llama 3's format into its messages. A prompt with the markers of neither is one
 * message of the user. The part of the model's turn that the prompt has opened is no message, since most services
 * refuse to continue one: the messages must ask for the tags. Throws TypeError if a prompt has markers but does not
 * consist of turns.
 */
export function conversationOf(prompt: string): Conversation {
  const format = formats.find(({ mark }) => prompt.includes(mark));
  if (!format)
    return {
      messages: [{ role: "user", content: prompt.replace(openedTag, "").trimEnd() }],
      opened: openedTag.exec(prompt)?.[0] ?? "",
    };
  const turns = [...prompt.matchAll(format.turn)];
  if (turns.map(([whole]) => whole).join("") !== prompt)
    throw new TypeError(
      `A prompt has marks of ${format.name} and text outside its turns, so that it cannot be sent as a chat: ` +
        `${JSON.stringify(prompt.slice(0, 120))}. Use { api: "completions" }, which sends prompts as they are.`,
    );
  const [, role, content, end] = turns.at(-1)!;
  const opened = role === "assistant" && end === "" ? content! : "";
  const closed = role === "assistant" && end === "" ? turns.slice(0, -1) : turns;
  return { messages: closed.map(([, role, content]) => ({ role: role!, content: content! })), opened };
}

/** Converts the reply of a chat to the continuation of the prompt. */
interface Continuation {
  readonly text: string;
  // characters of the reply before `text`; undefined where `text` is not the reply's end
  readonly cut: number | undefined;
}

/**
 * The text that the model wrote after `opened`. In a chat a model writes its turn from the beginning: if the reply
 * begins with `opened`, that beginning is removed. Thoughts that the service returns separately are put between their
 * tags, unless the reply has tags of its own or the prompt has opened an answer.
 */
export function continuation(opened: string, reply: string, thoughts = ""): Continuation {
  const tag = openedTag.exec(opened)?.[0].trim() ?? "";
  const apart = thoughts !== "" && !reply.includes("</think>") && tag !== "<answer>";
  const turn = apart ? `<think>${thoughts}${reply && `</think>\n${reply}`}` : reply;
  const again = [opened.trim(), tag].find((start) => start !== "" && turn.trimStart().startsWith(start));
  const cut = again === undefined ? 0 : turn.length - turn.trimStart().length + again.length;
  return { text: turn.slice(cut), cut: apart ? undefined : cut };
}
