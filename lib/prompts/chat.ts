/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/**
 * Writes a conversation as the text that a model continues, up to and including the opened assistant's turn.
 * A checkpoint's own, from its tokenizer, is one of these; so is each of `chatFormats`.
 */
export type ChatFormat = (messages: readonly ChatMessage[]) => string;

const llamaTurn = (role: string): string => `<|start_header_id|>${role}<|end_header_id|>\n\n`;

const plainTurn: (message: ChatMessage) => string = ({ role, content }) =>
  role === "system" ? content : `${role === "user" ? "User" : "Assistant"}: ${content}`;

/** The formats that cover most models, for where no tokenizer is at hand. */
export const chatFormats = {
  /** Qwen, SmolLM, and most others. */
  chatml: (messages) =>
    messages.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join("") +
    "<|im_start|>assistant\n",
  /** Llama 3, which begins every text with a marker. */
  llama: (messages) =>
    `<|begin_of_text|>${messages.map(({ role, content }) => `${llamaTurn(role)}${content}<|eot_id|>`).join("")}` +
    llamaTurn("assistant"),
  /** Base models, which know no turns. */
  plain: (messages) => `${messages.map(plainTurn).join("\n\n")}\n\nAssistant: `,
} as const satisfies Record<string, ChatFormat>;

/** The chat formats that have a name. */
export type ChatFormatName = keyof typeof chatFormats;

/** The turns of `chatFormats` that have ends, as they stand in a prompt. */
const turns = [
  /<\|im_start\|>(system|user|assistant)\n([^]*?)<\|im_end\|>/g,
  /<\|start_header_id\|>(system|user|assistant)<\|end_header_id\|>\n\n([^]*?)<\|eot_id\|>/g,
];

/**
 * The messages of a prompt in ChatML or in Llama's format, without what it opens of the assistant's turn: for a server
 * that applies a chat template of its own. A prompt in another format is one message of the user.
 */
export function messagesOf(prompt: string): ChatMessage[] {
  const found = turns.map((turn) => [...prompt.matchAll(turn)]).find(({ length }) => length > 0);
  if (!found) return [{ role: "user", content: prompt.replace(/<(?:think|answer)>\s*$/, "").trimEnd() }];
  return found.map(([, role, content]) => ({ role: role as ChatMessage["role"], content: content! }));
}
