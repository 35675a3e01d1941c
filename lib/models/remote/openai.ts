import { settings } from "../../core/settings";
import type { Tokenizer } from "../tokenizers/tokenizer";
import { continuation, conversationOf } from "./conversation";
import {
  type RemoteReply,
  countOf,
  type OptionNames,
  remotePolicy,
  remotePolicyDefaults,
  type RemotePolicy,
} from "./remote-policy";
import { idsOfPieces } from "./piece-ids";
import { replyTokens, tokensAfter } from "./reply-tokens";

/**
 * Names of compatible servers for options that OpenAI lacks. llama.cpp applies the temperature last, so that top-p and
 * min-p cut before it; its penalty covers the last 64 tokens unless `extra: { repeat_last_n: -1 }`.
 */
const servers = {
  unknown: { stop: "stop" },
  vllm: { stop: "stop", topK: "top_k", minP: "min_p", repetitionPenalty: "repetition_penalty" },
  "llama.cpp": { stop: "stop", topK: "top_k", minP: "min_p", repetitionPenalty: "repeat_penalty" },
  sglang: { stop: "stop", topK: "top_k", minP: "min_p", repetitionPenalty: "repetition_penalty" },
  ollama: { stop: "stop" }, // the others only in the API of its own
  openai: { stop: "stop" },
} satisfies Record<string, OptionNames>;

/** Settings of `openAI`. */
const openAIDefaults = {
  ...remotePolicyDefaults,
  api: "completions" as "completions" | "chat",
  /** which server it is, for the options that OpenAI lacks */
  server: "unknown" as keyof typeof servers,
  /** asks for log-probabilities; reasoning models refuse them */
  logprobs: true,
  /** sends equal prompts in a row as one request with `n`; places that a server leaves out are asked for one by one */
  together: false,
  /** reads the ids of tokens that a server tells by their texts alone; the tokenizer of the model */
  tokenizer: undefined as Pick<Tokenizer, "encode" | "decode"> | undefined,
};

/**
 * A policy behind an OpenAI-compatible server: vLLM, llama.cpp, Ollama, OpenAI.
 * `openAI("http://127.0.0.1:8000/v1", "Qwen/Qwen2.5-3B-Instruct")` posts to …/v1/completions.
 *
 * `api: "completions"` sends prompts as they are, an opened `<think>` included, and is what a checkpoint trained on
 * such prompts wants. `api: "chat"` is for services that have nothing else: the prompt is split back into messages
 * (conversation.ts), what it opened is left out, so that the messages have to ask for the tags, and cut from the reply.
 *
 * `tokens` are ids where the server tells them (llama.cpp; vLLM with `extra: { return_token_ids: true }`) and `logps`
 * are there where it gives them, one for each token of `text` and for its end where the server counts that; else they
 * are empty. The role's distribution is untruncated: `top_p` 1 is sent, but llama.cpp and vLLM have a top-k of their
 * own that `extra: { top_k: 0, min_p: 0 }` ends. A prompt in Llama 3's format brings its `<|begin_of_text|>`: vLLM adds
 * another unless `extra: { add_special_tokens: false }`. `topK`, `minP` and `repetitionPenalty` go to the servers that
 * have them, so `server` must say which it is. A row's stream becomes its `seed`; how far that fixes the text is up to
 * the server.
 *
 * Throws TypeError for a request that the server refuses, SearchUnavailable for an outage, Interrupted.
 */
export function openAI(url: string, model: string, options: Partial<typeof openAIDefaults> = {}): RemotePolicy {
  const { api, logprobs, server, together, tokenizer, ...rest } = settings("openAI", openAIDefaults, options);
  if (!Object.hasOwn(servers, server))
    throw new TypeError(
      `openAI: server is ${JSON.stringify(server)}; it must be one of ${Object.keys(servers).join(", ")}.`,
    );
  if (api !== "completions" && api !== "chat")
    throw new TypeError(`openAI: api is ${JSON.stringify(api)}; it must be "completions" or "chat".`);
  // OpenAI's newer models refuse the old name
  const limit = api === "chat" && /^https:\/\/api\.openai\.com\b/.test(url) ? "max_completion_tokens" : "max_tokens";
  const { apiKey } = rest;
  return remotePolicy(
    model,
    {
      caller: "openAI",
      url,
      path: api === "chat" ? "/chat/completions" : "/completions",
      headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
      names: servers[server],
      hint: (option) =>
        server === "unknown" && option in servers.vllm
          ? `, or say what the server is: { server: "vllm" } or { server: "llama.cpp" }`
          : "",
      together,
      ask(prompt, { maxTokens, temperature, topP = 1, seed, samples }) {
        const { messages, opened } = api === "chat" ? conversationOf(prompt) : { messages: undefined, opened: "" };
        const asked = messages
          ? { messages, ...(logprobs && { logprobs: true }) }
          : { prompt, ...(logprobs && { logprobs: 1 }) };
        return {
          body: {
            model,
            ...asked,
            [limit]: maxTokens,
            temperature,
            top_p: topP,
            ...(seed !== undefined && { seed }),
            ...(samples > 1 && { n: samples }),
          },
          read: (json, place) => answerOf(json, place, api, opened, tokenizer),
        };
      },
    },
    rest,
  );
}

/** A choice of a reply; undefined if there is none, or if the server broke it off. */
function answerOf(
  json: unknown,
  place: number,
  api: "completions" | "chat",
  opened: string,
  tokenizer: Pick<Tokenizer, "encode" | "decode"> | undefined,
): RemoteReply | undefined {
  const { choices, usage } = (json ?? {}) as {
    choices?: unknown;
    usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null;
  };
  const choice = (Array.isArray(choices) ? choices[place] : undefined) as Readonly<Record<string, unknown>> | undefined;
  const message = (api === "chat" ? choice?.["message"] : { content: choice?.["text"] }) as
    | Readonly<Record<string, unknown>>
    | null
    | undefined;
  if (!choice || !message) return undefined;
  const reason = choice["finish_reason"];
  const { content, refusal } = message;
  if (
    reason === "error" ||
    reason === "abort" ||
    (typeof content !== "string" && (api === "completions" || content != null || typeof reason !== "string"))
  )
    return undefined;
  const reply = typeof content === "string" ? content : typeof refusal === "string" ? refusal : "";
  // the name in llama.cpp and vLLM of old, and in vLLM and Ollama of now
  const thoughts = message["reasoning_content"] ?? message["reasoning"];
  const { text, cut } =
    api === "chat"
      ? continuation(opened, reply, typeof thoughts === "string" ? thoughts : "")
      : { text: reply, cut: 0 };
  const { pieces, ids: told, logps } = tokensAfter(replyTokens(choice), cut);
  const ids = told.length === 0 && tokenizer ? idsOfPieces(pieces, tokenizer) : told;
  // A response whose last tokens have no ids is cut before them: what is left was sampled as it stands.
  const whole = !tokenizer || told.length > 0 || ids.length === pieces.length;
  return {
    text: whole ? text : pieces.slice(0, ids.length).join(""),
    tokens: ids,
    logps: whole ? logps : logps.slice(0, ids.length),
    finished: whole && reason === "stop" && typeof refusal !== "string",
    promptTokens: countOf(usage?.prompt_tokens),
    completionTokens: countOf(usage?.completion_tokens),
  };
}
