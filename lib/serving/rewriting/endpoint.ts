import { Interrupted, SearchUnavailable } from "../../core/errors";
import type { Sampler } from "../../core/roles";
import { openAI } from "../../models/remote/openai";

/** How an endpoint is asked. */
export interface EndpointOptions {
  /** the first one that the server lists, if absent */
  readonly model?: string;
  readonly apiKey?: string;
  /** tokens of a response, if no other limit is set */
  readonly maxTokens?: number;
}

/**
 * The model behind an OpenAI-compatible server, such as `deepretrieval serve` or vLLM, by its address
 * ("http://127.0.0.1:8000/v1"). Its name is asked for at the first request. Throws SearchUnavailable for a server that
 * is down, TypeError for an address that is none.
 */
export function endpoint(url: string, { model, apiKey = "", maxTokens = 512 }: EndpointOptions = {}): Sampler {
  const options = { apiKey, maxTokens, logprobs: false };
  const base = url.replace(/\/+$/, "").replace(/(?<!\/v1)$/, "/v1");
  openAI(base, model ?? "unnamed", options); // complains of the address at once
  let found: Promise<Sampler> | undefined;
  const sampler = (signal: AbortSignal | undefined): Promise<Sampler> => {
    found ??= (model === undefined ? firstModel(base, apiKey, signal) : Promise.resolve(model)).then((name) =>
      openAI(base, name, options),
    );
    found.catch(() => (found = undefined)); // the next request tries again
    return found;
  };
  return {
    name: model ?? new URL(base).host,
    about: () => ({ server: new URL(base).host }),
    generate: async (prompts, sampling = {}) => (await sampler(sampling.signal)).generate(prompts, sampling),
  };
}

/** The id of the first model that a server lists. */
async function firstModel(base: string, apiKey: string, signal: AbortSignal | undefined): Promise<string> {
  const { host } = new URL(base);
  const down = (why: string, cause?: unknown): SearchUnavailable =>
    new SearchUnavailable(host, why, `Is ${base} the address of an OpenAI-compatible API?`, {
      outage: "network",
      ...(cause !== undefined && { cause }),
    });
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${base}/models`, {
      headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
      signal: AbortSignal.any([AbortSignal.timeout(30_000), ...(signal ? [signal] : [])]),
    });
    body = response.ok ? await response.json() : undefined;
  } catch (cause) {
    if (signal?.aborted) throw new Interrupted("asking for the model", { cause });
    const { message } = ((cause as Error).cause ?? cause) as Error;
    throw down(message || "no connection", cause);
  }
  if (!response.ok) throw down(`HTTP ${response.status} at /models`);
  const [first] = (body as { data?: readonly { id?: unknown }[] } | null)?.data ?? [];
  if (typeof first?.id !== "string") throw down("it lists no model");
  return first.id;
}
