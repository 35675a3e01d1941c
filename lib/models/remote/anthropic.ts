import { settings } from "../../core/settings";
import { continuation, conversationOf } from "./conversation";
import { type RemoteReply, countOf, remotePolicy, remotePolicyDefaults, type RemotePolicy } from "./remote-policy";

/** Settings of `anthropic`. */
const anthropicDefaults = {
  ...remotePolicyDefaults,
  url: "https://api.anthropic.com/v1",
  /** of the API */
  version: "2023-06-01",
};

/**
 * A policy behind Anthropic's messages API: `anthropic("claude-sonnet-4-5", { apiKey })`.
 *
 * The prompt is split into messages as `openAI` with `api: "chat"` does it. The API gives no log-probabilities and
 * takes no seed, so `tokens` and `logps` are empty and a temperature above 0 draws anew each time. A model that takes
 * no temperature wants `extra: { temperature: undefined }`.
 *
 * Throws TypeError for a request that the service refuses, SearchUnavailable for an outage, Interrupted.
 */
export function anthropic(model: string, options: Partial<typeof anthropicDefaults> = {}): RemotePolicy {
  const { url, version, ...rest } = settings("anthropic", anthropicDefaults, options);
  const { apiKey } = rest;
  return remotePolicy(
    model,
    {
      caller: "anthropic",
      url,
      path: "/messages",
      headers: { "anthropic-version": version, ...(apiKey && { "x-api-key": apiKey }) },
      names: { topK: "top_k", stop: "stop_sequences" },
      ask(prompt, { maxTokens, temperature, topP }) {
        const { messages, opened } = conversationOf(prompt);
        const system = messages
          .filter(({ role }) => role === "system")
          .map(({ content }) => content)
          .join("\n\n");
        const others = messages.filter(({ role }) => role !== "system");
        const body = {
          model,
          max_tokens: maxTokens,
          ...(system && { system }),
          messages: others,
          temperature,
          ...(topP !== undefined && { top_p: topP }),
        };
        return { body, read: (json) => answerOf(json, opened) };
      },
    },
    rest,
  );
}

function answerOf(json: unknown, opened: string): RemoteReply | undefined {
  const {
    content,
    stop_reason: reason,
    usage,
  } = (json ?? {}) as { content?: unknown; stop_reason?: unknown; usage?: Readonly<Record<string, unknown>> };
  if (!Array.isArray(content) || typeof reason !== "string") return undefined;
  const blocks = content as ({ type?: unknown; text?: unknown; thinking?: unknown } | null)[];
  const textOf = (type: "text" | "thinking"): string =>
    blocks.map((block) => (block?.type === type && typeof block[type] === "string" ? block[type] : "")).join("");
  const { text } = continuation(opened, textOf("text"), textOf("thinking"));
  const input = countOf(usage?.["input_tokens"]);
  const cached =
    // counted apart from input_tokens
    (countOf(usage?.["cache_creation_input_tokens"]) ?? 0) + (countOf(usage?.["cache_read_input_tokens"]) ?? 0);
  return {
    text,
    tokens: [],
    logps: [],
    finished: reason === "end_turn" || reason === "stop_sequence",
    promptTokens: input === undefined ? undefined : input + cached,
    completionTokens: countOf(usage?.["output_tokens"]),
  };
}
