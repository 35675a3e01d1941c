import { Template } from "./jinja";
import type { Tokenizer } from "./tokenizer";

/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: string; // "system", "user", "assistant"
  readonly content: string;
}

/** Options of `chatPrompt`. */
export interface ChatOptions {
  /** ends with the header of an assistant's turn; true if absent */
  readonly addGenerationPrompt?: boolean;
  /** further variables of the template: tools, enable_thinking … */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** The model's chat template, in Jinja; undefined if the model has none. */
export function chatTemplateOf({ files }: Pick<Tokenizer, "files">): string | undefined {
  if (files["chat_template.jinja"] !== undefined) return files["chat_template.jinja"];
  const { chat_template: template } = configOf(files);
  if (typeof template === "string") return template;
  if (!Array.isArray(template)) return undefined;
  const named = template as { name?: unknown; template?: unknown }[];
  const chosen = named.find(({ name }) => name === "default") ?? named[0];
  return typeof chosen?.template === "string" ? chosen.template : undefined;
}

/**
 * Renders a conversation with the model's own template: the result equals that of transformers' `apply_chat_template`
 * with `tokenize=False`. Encode it without `special`. Throws TypeError if the model has no template, or if the template
 * refuses the messages.
 */
export function chatPrompt(
  tokenizer: Pick<Tokenizer, "files">,
  messages: readonly ChatMessage[],
  { addGenerationPrompt = true, variables = {} }: ChatOptions = {},
): string {
  const template = chatTemplateOf(tokenizer);
  if (template === undefined)
    throw new TypeError(
      "chatPrompt: this model came without a chat template. Write the prompt in its own format, or use an " +
        "instruction-tuned model.",
    );
  const tokens = Object.fromEntries(
    Object.entries(configOf(tokenizer.files))
      .filter(([name]) => /^(bos|eos|unk|pad)_token$/.test(name))
      .map(([name, token]) => [name, textOf(token)]),
  );
  try {
    return new Template(template).render({
      messages,
      add_generation_prompt: addGenerationPrompt,
      ...tokens,
      ...variables,
    });
  } catch (cause) {
    throw new TypeError(
      "chatPrompt: the chat template refuses these messages: " +
        `${cause instanceof Error ? cause.message : String(cause)}. Check their roles and order.`,
      { cause },
    );
  }
}

const configOf = (files: Tokenizer["files"]): Record<string, unknown> =>
  JSON.parse(files["tokenizer_config.json"] ?? "{}") as Record<string, unknown>;

/** A token as tokenizer_config.json writes it: its text, or a record with it. */
const textOf = (token: unknown): unknown =>
  typeof token === "object" && token !== null ? (token as { content?: unknown }).content : token;
