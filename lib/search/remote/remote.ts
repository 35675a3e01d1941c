import { Interrupted, SearchUnavailable } from "../../core/errors";
import { random } from "../../core/random";
import { type Clock, wallClock } from "../../core/http/clock";
import { backOff, retryAfter } from "../../core/http/retry";
import { waitFor, type Waiting } from "../../core/http/waiting";
import { keyOf, veiled, type Question, type Reply, type Store } from "./exchange";
import { type Gate, gateOf } from "./gate";
import { send } from "./http";
import { singleFlight } from "../../core/single-flight";
import type { Verdict } from "./verdict";

/** The settings of a remote engine. */
export interface RemoteOptions {
  /** The name of the engine in errors. */
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Attempts at a question before it counts as an outage. */
  readonly attempts: number;
  /** Seconds that one attempt may take. */
  readonly timeoutSeconds: number;
  /** Seconds before the first repeat, about. They double for each further one. */
  readonly backOffSeconds: number;
  /** The seed of the jitter in the waiting times. */
  readonly seed: string | number;
  /** Stores that are searched in order. An answer is put into each store that lacks it. */
  readonly kept: readonly Store[];
  /** Whether only kept answers are given. */
  readonly offline: boolean;
  readonly clock?: Clock;
  /** The gate of the host; a test may bring its own. */
  readonly gate?: Gate;
}

/** Asks a question and reads the reply. The same question must be read by the same `read`. */
type Ask = <T>(
  question: Question,
  read: (reply: Reply) => Verdict<T>,
  options?: { readonly signal?: AbortSignal | undefined; readonly fresh?: boolean },
) => Promise<T>;

const longestWait = 120; // seconds; a host that asks for a longer wait counts as down

/**
 * Asks a remote engine politely. All callers of a host share one pace. Callers with the same question share one
 * request. Kept answers are used first. Failures are repeated after growing waits with jitter, or after the time that
 * Retry-After states. A question that is too long for a URL is posted.
 *
 * Only answers are kept, never outages. Throws SearchUnavailable when `attempts` have failed or a repeat cannot help;
 * TypeError for a mistake of the caller; Interrupted when `signal` fires.
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

/** A network error without the address that node-fetch writes into its message, because the address holds the key. */
const nameless = ({ name, message }: Error, question: Question): Error =>
  Object.assign(new Error(veiled(message, question)), { name });

function networkFailure(error: unknown, timeout: number): string {
  const { name, message } = error as Error;
  return name === "AbortError" || name === "TimeoutError" ? `no reply within ${timeout} s` : message;
}
