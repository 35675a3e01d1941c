import { random } from "../../core/random";
import type { RequestOptions } from "../../models/generation/continuous/request";
import { HttpError } from "../http/http-error";
import { responseGrammar, type ResponseFormat } from "./response-format";

/** The fields of a request that say how tokens are chosen, by OpenAI's names and, where OpenAI has none, vLLM's. */
export interface SamplingFields {
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly top_k?: number | null;
  readonly min_p?: number | null;
  readonly repetition_penalty?: number | null;
  readonly presence_penalty?: number | null;
  readonly frequency_penalty?: number | null;
  readonly logit_bias?: Readonly<Record<string, number>> | null;
  readonly stop?: string | readonly string[] | null;
  readonly seed?: number | null;
  readonly n?: number | null;
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean | null } | null;
  readonly response_format?: ResponseFormat | null;
}

const nullable = (schema: { readonly type: string } & Record<string, unknown>) => ({
  ...schema,
  type: [schema.type, "null"],
});
const number = (minimum: number, maximum: number, description: string) =>
  nullable({ type: "number", minimum, maximum, description });

/** The schema of these fields. Fields that are not listed are ignored, as OpenAI's clients expect of a server. */
export const samplingSchema = {
  temperature: number(0, 2, "0 is greedy; 1 if absent"),
  top_p: number(0, 1, "nucleus: the smallest set of tokens with this mass"),
  top_k: nullable({ type: "integer", minimum: -1, description: "only the likeliest tokens; 0 and -1 keep all" }),
  min_p: number(0, 1, "only tokens at least this times as likely as the likeliest"),
  repetition_penalty: number(0.01, 100, "divides the logits of tokens that were there before"),
  presence_penalty: number(-2, 2, "subtracted once from tokens of the response"),
  frequency_penalty: number(-2, 2, "subtracted for each time that the response has the token"),
  logit_bias: nullable({ type: "object", maxProperties: 1024, additionalProperties: { type: "number" } }),
  stop: {
    description: "texts before which the response ends",
    anyOf: [
      { type: "null" },
      { type: "string", minLength: 1, maxLength: 512 },
      { type: "array", maxItems: 16, items: { type: "string", minLength: 1, maxLength: 512 } },
    ],
  },
  seed: nullable({ type: "integer", description: "equal requests with one seed have one answer" }),
  n: nullable({ type: "integer", minimum: 1, maximum: 128, description: "responses for each prompt" }),
  stream: nullable({ type: "boolean" }),
  stream_options: nullable({ type: "object", properties: { include_usage: nullable({ type: "boolean" }) } }),
  response_format: nullable({
    type: "object",
    required: ["type"],
    properties: { type: { type: "string" } },
    description: 'text, a json_schema of texts, or {"type": "answer"}: reasoning and a query in tags',
  }),
} as const;

/** The options of a generation. Response i of the request reads a random stream of its own. */
export function samplingOptions(fields: SamplingFields, freshSeed: () => number): Omit<RequestOptions, "index"> {
  const { stop, seed, top_k, logit_bias } = fields;
  const grammar = responseGrammar(fields.response_format ?? { type: "text" });
  const given = {
    temperature: fields.temperature,
    topP: fields.top_p,
    topK: top_k === undefined || top_k === null ? undefined : Math.max(0, top_k),
    minP: fields.min_p,
    repetitionPenalty: fields.repetition_penalty,
    presencePenalty: fields.presence_penalty,
    frequencyPenalty: fields.frequency_penalty,
    logitBias: logit_bias,
    stop: typeof stop === "string" ? [stop] : stop,
    grammar,
  };
  return {
    ...(Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
    ) as Partial<RequestOptions>),
    rng: random(seed ?? freshSeed()).fork("completion"),
  };
}

/** Runs `hand`, in which options are checked. A complaint of the library becomes a 400 for the client. */
export function asBadRequest<T>(hand: () => T): T {
  try {
    return hand();
  } catch (error) {
    const { name, message } = error as Error;
    const ours = /^(generate|grammar|chatPrompt): /.exec(message);
    if (!ours || (name !== "RangeError" && name !== "TypeError")) throw error;
    throw new HttpError(400, message.slice(ours[0].length), { code: "invalid_request", cause: error });
  }
}
