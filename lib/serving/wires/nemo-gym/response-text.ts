import type { ModelResponse } from "./gym";

/**
 * The completion in a response: the text of its last assistant's message. A thought that the model's server has taken
 * out of the text comes as an item of its own before the message; it is put back where the text has none.
 */
export function responseText({ output }: ModelResponse): string {
  const at = output.map(({ type, role }) => type === "message" && role === "assistant").lastIndexOf(true);
  if (at < 0) return "";
  const text = texts(output[at]!.content).join("");
  const before = output.slice(0, at).filter(({ type }) => type === "reasoning" || type === "message");
  const thought = before.at(-1)?.type === "reasoning" ? before.at(-1)! : undefined;
  if (thought === undefined || text.includes("</think>")) return text;
  const own = texts(thought.content);
  return `<think>${(own.length > 0 ? own : texts(thought.summary)).join("\n")}</think>${text}`;
}

const texts = (parts: readonly { readonly text?: string }[] | null | undefined): string[] =>
  (parts ?? []).flatMap(({ text }) => (typeof text === "string" ? [text] : []));
