import type { ChatMessage } from "../tokenizers/chat-template";

/** A prompt as a chat takes it. */
export interface Conversation {
  readonly messages: readonly ChatMessage[];
  readonly opened: string; // what the prompt has already written of the model's turn: "<think>"
}

/** How turns are marked in a prompt: role, text, and the end of the turn, which an opened one lacks. */
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
 * Splits a prompt in ChatML or in Llama 3's format back into its messages; a prompt with the marks of neither is one
 * message of the user. What the prompt has written of the model's turn is no message (most services refuse to continue
 * one), so the messages have to ask for the tags. Throws TypeError where marks are there and the prompt is not made of
 * turns.
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

/** A chat's reply as the continuation of the prompt. */
export interface Continuation {
  readonly text: string;
  // characters of the reply before `text`; undefined where `text` is not the reply's end
  readonly cut: number | undefined;
}

/**
 * What the model wrote after `opened`. A model in a chat writes its turn from the beginning, so a reply that begins
 * with what the prompt has opened loses it; any other stays as it is. Thoughts that the service hands over apart go
 * back between their tags, unless the reply has tags of its own or the prompt opened an answer.
 */
export function continuation(opened: string, reply: string, thoughts = ""): Continuation {
  const tag = openedTag.exec(opened)?.[0].trim() ?? "";
  const apart = thoughts !== "" && !reply.includes("</think>") && tag !== "<answer>";
  const turn = apart ? `<think>${thoughts}${reply && `</think>\n${reply}`}` : reply;
  const again = [opened.trim(), tag].find((start) => start !== "" && turn.trimStart().startsWith(start));
  const cut = again === undefined ? 0 : turn.length - turn.trimStart().length + again.length;
  return { text: turn.slice(cut), cut: apart ? undefined : cut };
}
