import type { ChatMessage } from "../../prompts/chat";
import type { App } from "../http/app";
import { HttpError } from "../http/http-error";
import type { Piece } from "./choice";
import { chatLogprobs } from "./logprobs";
import { type Models, namedModel } from "./models";
import type { RequestIds } from "./request-ids";
import { respond } from "./respond";
import { asBadRequest, samplingOptions, samplingSchema, type SamplingFields } from "./sampling-fields";

interface ChatFields extends SamplingFields {
  readonly model?: string;
  readonly messages: readonly {
    readonly role: string;
    readonly content?: string | readonly { readonly type: string; readonly text?: string }[] | null;
  }[];
  readonly max_tokens?: number | null;
  readonly max_completion_tokens?: number | null;
  readonly logprobs?: boolean | null;
  readonly top_logprobs?: number | null;
  readonly tools?: readonly object[] | null;
}

const roles: Readonly<Record<string, ChatMessage["role"]>> = {
  system: "system",
  developer: "system", // OpenAI's new name
  user: "user",
  assistant: "assistant",
};

const limit = { type: ["integer", "null"], minimum: 1, description: "as many as the context has room for, if absent" };

const body = {
  type: "object",
  required: ["messages"],
  properties: {
    model: { type: "string", maxLength: 256 },
    messages: {
      type: "array",
      minItems: 1,
      maxItems: 1024,
      items: {
        type: "object",
        required: ["role"],
        properties: {
          role: { type: "string", enum: Object.keys(roles) },
          content: {
            anyOf: [
              { type: ["string", "null"] },
              {
                type: "array",
                items: { type: "object", required: ["type"], properties: { text: { type: "string" } } },
              },
            ],
          },
        },
      },
    },
    max_tokens: limit,
    max_completion_tokens: limit,
    logprobs: { type: ["boolean", "null"] },
    top_logprobs: { type: ["integer", "null"], minimum: 0, maximum: 20 },
    tools: { type: ["array", "null"] },
    ...samplingSchema,
  },
} as const;

/** Adds POST /v1/chat/completions. */
export function chatRoutes(app: App, models: Models, ids: RequestIds): void {
  app.post<{ Body: ChatFields }>(
    "/v1/chat/completions",
    { schema: { summary: "Answer a conversation (OpenAI's chat completions)", tags: ["OpenAI"], body } },
    async ({ body: fields }, reply) => {
      const model = namedModel(models, fields.model);
      const { logprobs, top_logprobs, tools } = fields;
      if (tools?.length) throw refusal("This server does not support tools. Leave them out.", "tools");
      if (top_logprobs && !logprobs) throw refusal("top_logprobs needs logprobs: true.", "top_logprobs");
      const { chat } = model;
      if (!chat)
        throw refusal(`${model.id} knows no conversations. Use /v1/completions, in its own format.`, "messages");
      const prompt = model.tokenizer.encode(asBadRequest(() => chat(fields.messages.map(messageOf))));
      const maxTokens = fields.max_completion_tokens ?? fields.max_tokens ?? Math.max(1, model.context - prompt.length);
      const scores = (piece: Piece) => (logprobs ? chatLogprobs(piece.tokens) : null);
      return respond(
        reply,
        model,
        [prompt],
        fields,
        { ...samplingOptions(fields, ids.seed), maxTokens, ...(logprobs && { topLogps: top_logprobs ?? 0 }) },
        {
          ...ids.next("chatcmpl", model),
          object: "chat.completion",
          chunk: "chat.completion.chunk",
          choice: (index, piece) => ({
            index,
            message: { role: "assistant", content: piece.text, refusal: null },
            logprobs: scores(piece),
            finish_reason: piece.reason ?? null,
          }),
          delta: (index, piece, first) => ({
            index,
            delta: { ...(first && { role: "assistant" }), content: piece.text },
            logprobs: scores(piece),
            finish_reason: piece.reason ?? null,
          }),
        },
      );
    },
  );
}

const refusal = (message: string, param: string): HttpError =>
  new HttpError(400, message, { code: "unsupported", param });

function messageOf({ role, content }: ChatFields["messages"][number]): ChatMessage {
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
  const other = parts.find(({ type, text }) => type !== "text" || text === undefined);
  if (other)
    throw refusal(
      `A message has a part of type ${JSON.stringify(other.type.slice(0, 40))}; this model reads text.`,
      "messages",
    );
  return { role: roles[role]!, content: parts.map(({ text }) => text).join("") };
}
