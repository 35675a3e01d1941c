import { SearchUnavailable } from "../../core/errors";
import { mapLimit } from "../../core/calls/limit";
import type { Completion } from "../../core/records";
import type { Sampler, SamplingOptions } from "../../core/roles";
import { ModelNotServed, servedModels } from "./served-models";
import { postJson } from "../../core/http/post-json";
import { equalRuns } from "../../core/calls/equal-runs";
import { samplingSettings } from "../generation/sampling-options";

/** Settings of every policy behind a server. */
export const remotePolicyDefaults = {
  apiKey: "",
  /** tokens of a response, if `generate` sets no other limit */
  maxTokens: 512,
  /** requests in flight */
  inFlight: 8,
  /** attempts at a request before it counts as an outage */
  attempts: 5,
  /** seconds of one attempt */
  timeoutSeconds: 600,
  /** price of a million prompt tokens, in any currency */
  promptPrice: 0,
  /** price of a million completion tokens */
  completionPrice: 0,
  /** further fields of every request; they replace fields of ours, and undefined removes one */
  extra: {} as Readonly<Record<string, unknown>>,
};

/** Requests, tokens and cost of a policy since it was made. */
export interface Usage {
  readonly requests: number; // answered requests; failed attempts are not counted, though a service may charge for them
  readonly promptTokens: number;
  readonly completionTokens: number; // hidden thoughts included
  // answered requests whose tokens the server did not tell: the counts and the cost are too low
  readonly unmetered: number;
  readonly cost: number; // at `promptPrice` and `completionPrice`
}

/** A model behind a server. It can be sampled from, not trained. */
export interface RemotePolicy extends Sampler {
  /** A new record at each call. */
  readonly usage: Usage;
}

/** One completion to be asked for. */
export interface Wanted {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number | undefined;
  readonly seed: number | undefined; // undefined at temperature 0 or without a stream
  readonly samples: number; // of the prompt; more than 1 only where the dialect has them together
}

/** The completion in a reply. */
export interface RemoteReply extends Completion {
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
}

/** Options that a service may lack or name differently, each with the value that changes nothing. */
const optional = { topK: 0, minP: 0, repetitionPenalty: 1, stop: undefined, grammar: undefined } satisfies Partial<
  Record<keyof SamplingOptions, unknown>
>;
type Optional = keyof typeof optional;

/** Names of sampling options in a request's body. */
export type OptionNames = Readonly<Partial<Record<Optional, string>>>;

/** The protocol of a service. */
export interface Dialect {
  readonly caller: string; // name of the function, for errors
  readonly url: string; // of the service
  readonly path: string; // below it
  readonly headers: Readonly<Record<string, string>>;
  readonly names: OptionNames; // of the options that the service knows
  readonly hint?: (option: string) => string; // advice for an option that the service lacks
  readonly together?: boolean; // whether equal prompts in a row go as one request
  /**
   * One prompt as a request: its body, and how to read the reply. `read` gives undefined where there is no completion
   * at this place in it.
   */
  ask(
    prompt: string,
    wanted: Wanted,
  ): { readonly body: object; readonly read: (json: unknown, place: number) => RemoteReply | undefined };
}

/**
 * A sampler over a service, one request for each prompt. An option that the service lacks is a TypeError, unless its
 * value changes nothing: to ignore it would change the distribution of the text. A blocked prompt is an empty
 * completion that is not finished. Any other refusal (HTTP 4xx) is a TypeError, and an outage is SearchUnavailable;
 * both abort the open requests.
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

  /** Throws ModelNotServed where the server lists its models, and this is none of them. */
  async function expectServed(signal: AbortSignal): Promise<void> {
    const base = address.href.replace(/\/+$/, "");
    const served = await servedModels(server, base, { headers, timeoutSeconds, signal }).catch((): string[] => []);
    if (served.length > 0 && !served.includes(model)) throw new ModelNotServed(`${caller}: ${server}`, model, served);
  }

  async function complete(prompt: string, wanted: Wanted, fields: object, signal: AbortSignal): Promise<Completion[]> {
    const { body, read } = dialect.ask(prompt, wanted);
    const { status, json } = await postJson(
      server,
      address.href.replace(/(?<!\/)\/+$/, "") + dialect.path,
      { ...body, ...fields, ...extra },
      { headers, attempts, timeoutSeconds, outage, signal },
    );
    if (status === 404) await expectServed(signal);
    if (status >= 400 && blocked(json))
      return Array.from({ length: wanted.samples }, () => ({ text: "", tokens: [], logps: [], finished: false }));
    if (status >= 400)
      throw new TypeError(
        `${caller}: ${server} refuses the request with HTTP ${status}: ${JSON.stringify(json).slice(0, 300)}. See ` +
          `that it serves this model, takes these settings (\`extra\` changes them) and that the prompt leaves room ` +
          "for the response.",
      );
    const answers = Array.from({ length: wanted.samples }, (_, place) => read(json, place) ?? []).flat();
    const [answer] = answers;
    if (!answer)
      throw new SearchUnavailable(
        server,
        `there is no completion in its reply ${JSON.stringify(json).slice(0, 200)}`,
        "Is this the address of its API?",
      );
    const { promptTokens, completionTokens } = answer; // of the request, all its samples included
    total.requests++;
    total.promptTokens += promptTokens ?? 0;
    total.completionTokens += completionTokens ?? 0;
    if (promptTokens === undefined || completionTokens === undefined) total.unmetered++;
    return answers.map(({ text, tokens, logps, finished }) => ({ text, tokens, logps, finished }));
  }

  /** `wanted.samples` completions. Those that a server leaves out, since it knows no n, are asked for one by one. */
  async function completeAll(
    prompt: string,
    wanted: Wanted,
    fields: object,
    signal: AbortSignal,
    seedOf: (sample: number) => number | undefined,
  ): Promise<Completion[]> {
    const completions = await complete(prompt, wanted, fields, signal);
    while (completions.length < wanted.samples) {
      const one = { ...wanted, samples: 1, seed: seedOf(completions.length) };
      completions.push(...(await complete(prompt, one, fields, signal)));
    }
    return completions;
  }

  return {
    name: model,
    about: () => ({ server: address.host, api: dialect.path.replace(/^\//, "") }),
    inFlight,
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
        const runs = dialect.together ? equalRuns(prompts) : prompts.map((item, from) => ({ item, from, count: 1 }));
        const all = await mapLimit(runs, inFlight, ({ item: prompt, from, count: samples }) => {
          const seedOf = (sample: number) => (temperature > 0 ? rng?.fork(from + sample).below(2 ** 31) : undefined);
          const wanted = { maxTokens, temperature, topP, seed: seedOf(0), samples };
          return completeAll(prompt, wanted, fields, either, seedOf);
        });
        return all.flat();
      } finally {
        failed.abort(); // the open requests would be paid for and not used
      }
    },
  };
}

/** Detects an outage that a gateway reports under another status: {"error": {"code": 502, …}} under 200. */
function outage(status: number, json: unknown): string | undefined {
  const { error, choices } = (json ?? {}) as { error?: unknown; choices?: readonly ({ error?: unknown } | null)[] };
  for (const each of [error, Array.isArray(choices) ? choices[0]?.error : undefined]) {
    const { code, status: inner, type } = (each ?? {}) as { code?: unknown; status?: unknown; type?: unknown };
    const outageStatus = [code, inner]
      .map(Number)
      .find((number) => number === 408 || number === 429 || (number >= 500 && number < 600));
    if (
      outageStatus !== undefined ||
      /^(overloaded_error|rate_limit_error|api_error|server_error|timeout_error)$/.test(String(type))
    )
      return `HTTP ${status}: ${JSON.stringify(each).slice(0, 200)}`;
  }
  return undefined;
}

/** Whether an error reports that the filter of OpenAI, Azure or Anthropic has blocked the prompt or the response. */
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

/** The address of a service. Throws TypeError, naming `caller`, for one that is none or has a login in it. */
export function addressOf(caller: string, url: string): URL {
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
