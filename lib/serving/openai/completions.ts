import type { ServedModel } from "../batching/served-model";
import type { App } from "../http/app";
import { HttpError } from "../http/http-error";
import type { Piece } from "./choice";
import { completionLogprobs } from "./logprobs";
import { type Models, namedModel } from "./models";
import type { RequestIds } from "./request-ids";
import { respond } from "./respond";
import { samplingOptions, samplingSchema, type SamplingFields } from "./sampling-fields";

interface CompletionFields extends SamplingFields {
  readonly model?: string;
  readonly prompt: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  readonly max_tokens?: number | null;
  readonly logprobs?: number | null;
  readonly echo?: boolean | null;
  readonly suffix?: string | null;
  readonly best_of?: number | null;
}

const mostPrompts = 256;
const tokens = { type: "array", minItems: 1, items: { type: "integer", minimum: 0 } } as const;

const body = {
  type: "object",
  required: ["prompt"],
  properties: {
    model: { type: "string", maxLength: 256 },
    prompt: {
      description: "a text or its token ids, or a list of either",
      anyOf: [
        { type: "string" },
        { type: "array", minItems: 1, maxItems: mostPrompts, items: { type: "string" } },
        tokens,
        { type: "array", minItems: 1, maxItems: mostPrompts, items: tokens },
      ],
    },
    max_tokens: { type: ["integer", "null"], minimum: 1, description: "16 if absent" },
    logprobs: { type: ["integer", "null"], minimum: 0, maximum: 20, description: "so many likeliest tokens" },
    echo: { type: ["boolean", "null"] },
    suffix: { type: ["string", "null"] },
    best_of: { type: ["integer", "null"] },
    ...samplingSchema,
  },
} as const;

/** Adds POST /v1/completions. */
export function completionRoutes(app: App, models: Models, ids: RequestIds): void {
  app.post<{ Body: CompletionFields }>(
    "/v1/completions",
    { schema: { summary: "Continue texts (OpenAI's completions)", tags: ["OpenAI"], body } },
    async ({ body: fields }, reply) => {
      const model = namedModel(models, fields.model);
      const { logprobs, max_tokens, echo, suffix, best_of, n } = fields;
      if (suffix) throw unsupported("suffix");
      if (best_of !== undefined && best_of !== null && best_of !== (n ?? 1)) throw unsupported("best_of");
      if (echo && logprobs !== undefined && logprobs !== null) throw unsupported("echo with logprobs");
      const prompts = promptsOf(fields.prompt, model);
      const before = prompts.map((prompt) => (echo ? model.tokenizer.decode(prompt) : ""));
      const scored = logprobs !== undefined && logprobs !== null;
      const lengths = new Map<number, number>(); // characters of each choice that were sent
      const choice = (index: number, piece: Piece, first = true) => {
        const from = lengths.get(index) ?? 0;
        lengths.set(index, from + piece.text.length);
        return {
          index,
          text: (first ? before[Math.floor(index / (n ?? 1))]! : "") + piece.text,
          logprobs: scored ? completionLogprobs(piece.tokens, from) : null,
          finish_reason: piece.reason ?? null,
        };
      };
      return respond(
        reply,
        model,
        prompts,
        fields,
        { ...samplingOptions(fields, ids.seed), maxTokens: max_tokens ?? 16, ...(scored && { topLogps: logprobs }) },
        { ...ids.next("cmpl", model), object: "text_completion", chunk: "text_completion", choice, delta: choice },
      );
    },
  );
}

const unsupported = (what: string): HttpError =>
  new HttpError(400, `This server does not support ${what}. Leave it out.`, {
    code: "unsupported",
    param: what.split(" ")[0]!,
  });

/** The prompts as token ids, which must be the model's. */
function promptsOf(given: CompletionFields["prompt"], { tokenizer, vocabulary }: ServedModel): number[][] {
  const list = typeof given === "string" || typeof given[0] === "number" ? [given] : given;
  return (list as readonly (string | readonly number[])[]).map((prompt) => {
    if (typeof prompt === "string") return tokenizer.encode(prompt);
    const foreign = prompt.find((id) => id >= vocabulary);
    if (foreign !== undefined)
      throw new HttpError(400, `The prompt has the token ${foreign}; the model's are 0 to ${vocabulary - 1}.`, {
        code: "invalid_request",
        param: "prompt",
      });
    return [...prompt];
  });
}
