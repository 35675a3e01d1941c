import { Interrupted, SearchUnavailable } from "../../core/errors";
import { random } from "../../core/random";
import { type Clock, wallClock } from "../../core/http/clock";
import { backOff, retryAfter } from "../../core/http/retry";
import { waitFor, type Waiting } from "../../core/http/waiting";
import { keyOf, veiled, type Question, type Reply, type Store } from "./exchange";
import { type Gate, gateOf } from "./gate";
import { send } from "./http";
import { singleFlight } from "./single-flight";
import type { Verdict } from "./verdict";

/** How a remote engine is asked. */
export interface RemoteOptions {
  /** as in errors */
  readonly name: string;
  readonly requestsPerSecond: number;
  /** of a question before it counts as an outage */
  readonly attempts: number;
  /** of one attempt */
  readonly timeoutSeconds: number;
  /** about what the first repeat waits; doubled for each further one */
  readonly backOffSeconds: number;
  /** of the jitter in those waits */
  readonly seed: string | number;
  /** looked up in order; an answer is put into each that lacks it */
  readonly kept: readonly Store[];
  /** only what is kept is answered */
  readonly offline: boolean;
  readonly clock?: Clock;
  /** the host's, unless a test brings its own */
  readonly gate?: Gate;
}

/** Asks a question and reads the reply; the same `read` for the same question. */
export type Ask = <T>(
  question: Question,
  read: (reply: Reply) => Verdict<T>,
  options?: { readonly signal?: AbortSignal | undefined; readonly fresh?: boolean },
) => Promise<T>;

const longestWait = 120; // seconds; a host that asks for more is down for our purposes

/**
 * The manners of a client, for any engine: one pace for all callers of a host, one flight for the same question, kept
 * answers first, back-off with jitter, Retry-After, time-outs, POST where a URL is too long.
 *
 * Only answers are kept, never an outage. Throws SearchUnavailable when `attempts` have failed or asking again will not
 * help, TypeError for a mistake of the caller, Interrupted when `signal` fires.
 */
export function remote(options: RemoteOptions): Ask {
  const { name, kept, offline, clock = wallClock } = options;
  const inFlight = singleFlight();

  return <T>(
    question: Question,
    read: (reply: Reply) => Verdict<T>,
    { signal, fresh = false }: { readonly signal?: AbortSignal | undefined; readonly fresh?: boolean } = {},
  ): Promise<T> => {
    const key = keyOf(question);
    return inFlight(fresh ? `fresh ${key}` : key, signal, async (shared) => {
      const known = fresh ? undefined : first(kept, key);
      const verdict = known && read(known.reply);
      if (known && verdict?.kind === "answer" && (offline || !verdict.passing)) {
        for (const store of kept) if (!store.get(key)) store.put(known);
        return verdict.value;
      }
      if (offline)
        throw new SearchUnavailable(
          name,
          `this question is not among the recorded ones: ${JSON.stringify(question.params).slice(0, 200)}`,
          "Replay the same run with the same settings, or leave `replay` out.",
        );
      const { reply, value, passing } = await asked(question, read, key, shared);
      if (!passing) for (const store of kept) store.put({ key, url: question.url, params: question.params, reply });
      return value;
    });
  };

  async function asked<T>(
    question: Question,
    read: (reply: Reply) => Verdict<T>,
    key: string,
    signal: AbortSignal,
  ): Promise<{ reply: Reply; value: T; passing?: true }> {
    const waiting = waitFor(name, question.url, {
      attempts: options.attempts,
      timeoutSeconds: options.timeoutSeconds,
      firstPause: options.backOffSeconds,
    });
    try {
      return await answered(question, read, key, signal, waiting);
    } finally {
      waiting.end();
    }
  }

  async function answered<T>(
    question: Question,
    read: (reply: Reply) => Verdict<T>,
    key: string,
    signal: AbortSignal,
    waiting: Waiting,
  ): Promise<{ reply: Reply; value: T; passing?: true }> {
    const passage = { perSecond: options.requestsPerSecond, signal };
    const gate = options.gate ?? gateOf(new URL(question.url).host);
    const rng = random(options.seed).fork("back-off", key);
    const started = clock.now();
    let asking = question;
    let cause: unknown;
    let why = "";
    for (let attempt = 1; attempt <= options.attempts; attempt++) {
      cause = undefined;
      const reply = await gate
        .pass(() => send(asking, { timeout: options.timeoutSeconds * 1000, signal }), passage)
        .catch((error: unknown) => {
          if (signal.aborted) throw new Interrupted("search", { cause: error });
          cause = nameless(error as Error, question);
          return undefined;
        });
      const found: Verdict<T> = reply
        ? read(reply)
        : { kind: "again", why: networkFailure(cause, options.timeoutSeconds) };
      // some servers repeat the key
      const verdict = "why" in found ? { ...found, why: veiled(found.why, question) } : found;
      switch (verdict.kind) {
        case "answer":
          return { reply: reply!, ...verdict };
        case "mistake":
          throw new TypeError(`${name}: ${verdict.why}. ${verdict.fix}`);
        case "refused":
          throw new SearchUnavailable(name, verdict.why, verdict.fix);
        case "too long":
          if (asking.post || !asking.longForm)
            throw new SearchUnavailable(name, `HTTP ${reply!.status}: the request is too long`, "Shorten the query.");
          asking = { ...asking, post: true };
          why = "the URL was too long";
          continue;
        case "again":
          why = verdict.why;
      }
      if (attempt === options.attempts) break;
      const asksFor = retryAfter(reply?.retryAfter);
      if (asksFor !== undefined && asksFor > longestWait)
        throw new SearchUnavailable(
          name,
          `${why}, and it asks to come back in ${Math.ceil(asksFor)} s`,
          "Wait, or pass { replay } or { cache } to work with what is kept.",
        );
      if (asksFor !== undefined) gate.pause(asksFor * 1000);
      const pause = Math.max(asksFor ?? 0, backOff(attempt, options.backOffSeconds, rng));
      waiting.failed(why, pause);
      await clock.sleep(pause * 1000, signal);
    }
    const seconds = ((clock.now() - started) / 1000).toFixed(1);
    throw new SearchUnavailable(
      name,
      `${why}, after ${options.attempts} attempts in ${seconds} s`,
      "Wait, or pass { replay } or { cache } to work with what is kept.",
      { cause },
    );
  }
}

function first(stores: readonly Store[], key: string) {
  for (const store of stores) {
    const known = store.get(key);
    if (known) return known;
  }
  return undefined;
}

/** What the network did, without the address that node-fetch puts into its words: it holds the key. */
const nameless = ({ name, message }: Error, question: Question): Error =>
  Object.assign(new Error(veiled(message, question)), { name });

function networkFailure(error: unknown, timeout: number): string {
  const { name, message } = error as Error;
  return name === "AbortError" || name === "TimeoutError" ? `no reply within ${timeout} s` : message;
}
