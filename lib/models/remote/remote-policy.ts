import { SearchUnavailable } from "../../core/errors";
import { mapLimit } from "../../core/calls/limit";
import type { Completion } from "../../core/records";
import type { Sampler, SamplingOptions } from "../../core/roles";
import { postJson } from "../../core/http/post-json";
import { samplingSettings } from "../generation/sampling-options";

/** Settings of every policy behind a server. */
export const remotePolicyDefaults = {
  apiKey: "",
  /** of a response, unless `generate` is told */
  maxTokens: 512,
  /** requests at a time */
  inFlight: 8,
  /** of a request before it counts as an outage */
  attempts: 5,
  /** of one attempt */
  timeoutSeconds: 600,
  /** of a million tokens, in the currency you like */
  promptPrice: 0,
  /** of a million tokens */
  completionPrice: 0,
  /** further fields of every request, or others for ours; undefined leaves one out */
  extra: {} as Readonly<Record<string, unknown>>,
};

/** What a policy has used since it was made. */
export interface Usage {
  readonly requests: number; // answered; an attempt that failed is not counted, though a service may charge it
  readonly promptTokens: number;
  readonly completionTokens: number; // hidden thoughts included
  // answered requests whose tokens the server did not tell: the counts and the cost are too low
  readonly unmetered: number;
  readonly cost: number; // at `promptPrice` and `completionPrice`
}

/** A model behind a server. It can be sampled from, not trained. */
export interface RemotePolicy extends Sampler {
  /** A fresh record each time. */
  readonly usage: Usage;
}

/** One completion to be asked for. */
export interface Wanted {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number | undefined;
  readonly seed: number | undefined; // none where nothing is drawn or no stream was given
}

/** What a reply says. */
export interface RemoteReply extends Completion {
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
}

/** What a service may know by some name or not at all, and the value that changes nothing. */
const optional = { topK: 0, minP: 0, repetitionPenalty: 1, stop: undefined, grammar: undefined } satisfies Partial<
  Record<keyof SamplingOptions, unknown>
>;
type Optional = keyof typeof optional;

/** Names of sampling options in a request's body. */
export type OptionNames = Readonly<Partial<Record<Optional, string>>>;

/** How a service is spoken to. */
export interface Dialect {
  readonly caller: string; // the function, for its errors
  readonly url: string; // of the service
  readonly path: string; // below it
  readonly headers: Readonly<Record<string, string>>;
  readonly names: OptionNames; // of the options that the service knows
  readonly hint?: (option: string) => string; // what else may be done about one that it does not
  /**
   * One prompt as a request: its body, and how to read the reply. `read` gives undefined where there is no completion
   * in it.
   */
  ask(
    prompt: string,
    wanted: Wanted,
  ): { readonly body: object; readonly read: (json: unknown) => RemoteReply | undefined };
}

/**
 * A sampler over a service, one request for each prompt. An option that the service does not know is a TypeError,
 * unless it would change nothing: left out in silence it would give other text than was asked for. A blocked prompt is
 * an empty completion that is not finished; any other refusal (HTTP 4xx) is a TypeError, an outage SearchUnavailable;
 * both end the requests that are still open.
 */
export function remotePolicy(model: string, dialect: Dialect, options: typeof remotePolicyDefaults): RemotePolicy {
  const { caller, headers } = dialect;
  const { apiKey, maxTokens: most, inFlight, attempts, timeoutSeconds, promptPrice, completionPrice, extra } = options;
  if (apiKey !== "" && !/^[\x21-\x7e]+$/.test(apiKey))
    // without the key
    throw new TypeError(`${caller}: apiKey has characters that no key has, such as a line end. Trim it.`);
  for (const [name, value] of Object.entries({ maxTokens: most, inFlight, attempts }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${caller}: ${name} is ${value}; it must be a whole number from 1.`);
  const address = addressOf(caller, dialect.url);
  const server = `${model} at ${address.host}`;
  const total = { requests: 0, promptTokens: 0, completionTokens: 0, unmetered: 0 };

  function fieldsOf(options: SamplingOptions): Readonly<Record<string, unknown>> {
    const given = (Object.keys(optional) as Optional[]).filter(
      (option) => options[option] !== undefined && !(option === "stop" && options.stop!.length === 0),
    );
    const unknown = given.find((option) => !dialect.names[option] && options[option] !== optional[option]);
    if (unknown)
      throw new TypeError(
        `${caller}: ${server} is not known to take ${unknown}. Leave it out${dialect.hint?.(unknown) ?? ""}.`,
      );
    return Object.fromEntries(
      given.flatMap((option) => (dialect.names[option] ? [[dialect.names[option], options[option]]] : [])),
    );
  }

  async function complete(prompt: string, wanted: Wanted, fields: object, signal: AbortSignal): Promise<Completion> {
    const { body, read } = dialect.ask(prompt, wanted);
    const { status, json } = await postJson(
      server,
      address.href.replace(/(?<!\/)\/+$/, "") + dialect.path,
      { ...body, ...fields, ...extra },
      { headers, attempts, timeoutSeconds, outage, signal },
    );
    if (status >= 400 && blocked(json)) return { text: "", tokens: [], logps: [], finished: false };
    if (status >= 400)
      throw new TypeError(
        `${caller}: ${server} refuses the request with HTTP ${status}: ${JSON.stringify(json).slice(0, 300)}. See ` +
          `that it serves this model, takes these settings (\`extra\` changes them) and that the prompt leaves room ` +
          "for the response.",
      );
    const answer = read(json);
    if (!answer)
      throw new SearchUnavailable(
        server,
        `there is no completion in its reply ${JSON.stringify(json).slice(0, 200)}`,
        "Is this the address of its API?",
      );
    const { promptTokens, completionTokens, ...completion } = answer;
    total.requests++;
    total.promptTokens += promptTokens ?? 0;
    total.completionTokens += completionTokens ?? 0;
    if (promptTokens === undefined || completionTokens === undefined) total.unmetered++;
    return completion;
  }

  return {
    name: model,
    about: () => ({ server: address.host, api: dialect.path.replace(/^\//, "") }),
    get usage() {
      return { ...total, cost: (total.promptTokens * promptPrice + total.completionTokens * completionPrice) / 1e6 };
    },
    async generate(prompts, options = {}) {
      const { maxTokens, temperature } = samplingSettings({ ...options, maxTokens: options.maxTokens ?? most });
      const { topP, rng, signal } = options;
      const fields = fieldsOf(options);
      const failed = new AbortController();
      const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
      try {
        return await mapLimit(prompts, inFlight, (prompt, i) => {
          const seed = temperature > 0 ? rng?.fork(i).below(2 ** 31) : undefined;
          return complete(prompt, { maxTokens, temperature, topP, seed }, fields, either);
        });
      } finally {
        failed.abort(); // what is still open would be paid for and thrown away
      }
    },
  };
}

/**
 * An outage under another status: services that pass a request on report one below them so, {"error": {"code": 502, …}}
 * under 200.
 */
function outage(status: number, json: unknown): string | undefined {
  const { error, choices } = (json ?? {}) as { error?: unknown; choices?: readonly ({ error?: unknown } | null)[] };
  for (const each of [error, Array.isArray(choices) ? choices[0]?.error : undefined]) {
    const { code, status: inner, type } = (each ?? {}) as { code?: unknown; status?: unknown; type?: unknown };
    const told = [code, inner]
      .map(Number)
      .find((number) => number === 408 || number === 429 || (number >= 500 && number < 600));
    if (
      told !== undefined ||
      /^(overloaded_error|rate_limit_error|api_error|server_error|timeout_error)$/.test(String(type))
    )
      return `HTTP ${status}: ${JSON.stringify(each).slice(0, 200)}`;
  }
  return undefined;
}

/** The service's words for a prompt or response that its filter holds back: OpenAI's, Azure's, Anthropic's. */
function blocked(json: unknown): boolean {
  const { code, message } = ((json as { error?: unknown } | null)?.error ?? {}) as {
    code?: unknown;
    message?: unknown;
  };
  return (
    code === "content_filter" ||
    code === "content_policy_violation" ||
    /blocked by content filtering/i.test(String(message ?? ""))
  );
}

function addressOf(caller: string, url: string): URL {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new TypeError(
      `${caller}: ${JSON.stringify(url)} is no address of a server. Write it like "http://127.0.0.1:8000/v1".`,
    );
  const address = new URL(url);
  if (address.username || address.password || address.search)
    throw new TypeError(
      `${caller}: the address at ${address.host} has a login or parameters in it, which errors would show. Pass { ` +
        "apiKey }.",
    );
  return address;
}

/** A count in a reply, if it is one. */
export const countOf = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
