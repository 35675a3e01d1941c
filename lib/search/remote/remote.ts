import { Interrupted, SearchUnavailable } from "../../core/errors";
import { random } from "../../core/random";
import { type Clock, wallClock } from "../../core/http/clock";
import { type AttemptResult, type FailedAttempt, longestWait, withRetries } from "../../core/http/retries";
import { retryAfter } from "../../core/http/retry";
import { type Exchange, keyOf, withoutSecrets, type Question, type Reply, type Store } from "./exchange";
import { type Gate, gateOf } from "./gate";
import { send } from "./http";
import { singleFlight } from "../../core/calls/single-flight";
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
  /** The gate of the host, where it is not this process' own. */
  readonly gate?: Gate | undefined;
}

/** Asks a question and reads the reply. The same question must be read by the same `read`. */
type Ask = <T>(
  question: Question,
  read: (reply: Reply) => Verdict<T>,
  options?: { readonly signal?: AbortSignal | undefined; readonly fresh?: boolean },
) => Promise<T>;

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
      const known = fresh ? undefined : await first(kept, key);
      const verdict = known && read(known.reply);
      if (known && verdict?.kind === "answer" && (offline || !verdict.passing)) {
        for (const store of kept) if (!(await store.get(key))) await store.put(known);
        return verdict.value;
      }
      if (offline)
        throw new SearchUnavailable(
          name,
          `this question is not among the recorded ones: ${JSON.stringify(question.params).slice(0, 200)}`,
          "Replay the same run with the same settings, or leave `replay` out.",
          { outage: "replay" },
        );
      const { reply, value, passing } = await asked(question, read, key, shared);
      if (!passing)
        for (const store of kept) await store.put({ key, url: question.url, params: question.params, reply });
      return value;
    });
  };

  function asked<T>(
    question: Question,
    read: (reply: Reply) => Verdict<T>,
    key: string,
    signal: AbortSignal,
  ): Promise<Answered<T>> {
    const { attempts, timeoutSeconds, backOffSeconds, requestsPerSecond } = options;
    const gate = options.gate ?? gateOf(new URL(question.url).host);
    const pass = (asking: Question): Promise<Reply> =>
      gate.pass(() => send(asking, { timeout: timeoutSeconds * 1000, signal }), {
        perSecond: requestsPerSecond,
        signal,
      });
    let asking = question;
    const attempt = async (): Promise<AttemptResult<Answered<T>>> => {
      let reply: Reply;
      try {
        reply = await pass(asking);
      } catch (error) {
        if (signal.aborted) throw new Interrupted("search", { cause: error });
        return networkFailure(nameless(error as Error, question), timeoutSeconds);
      }
      const found = read(reply);
      // some servers repeat the key
      const verdict = "why" in found ? { ...found, why: withoutSecrets(found.why, question) } : found;
      switch (verdict.kind) {
        case "answer":
          return { kind: "done", value: { reply, ...verdict } };
        case "mistake":
          throw new TypeError(`${name}: ${verdict.why}. ${verdict.fix}`);
        case "refused":
          throw new SearchUnavailable(name, verdict.why, verdict.fix, { outage: "refused" });
        case "too long":
          if (asking.post || !asking.longForm)
            throw new SearchUnavailable(name, `HTTP ${reply.status}: the request is too long`, "Shorten the query.");
          asking = { ...asking, post: true };
          return attempt();
        case "again": {
          const after = retryAfter(reply.retryAfter);
          if (after !== undefined && after <= longestWait) gate.pause(after * 1000);
          const limited = reply.status === 429 || /rate limit/i.test(verdict.why);
          return { kind: "again", outage: limited ? "rate_limit" : "server", why: verdict.why, after };
        }
      }
    };
    return withRetries(
      {
        name,
        url: question.url,
        what: "search",
        attempts,
        timeoutSeconds,
        firstPause: backOffSeconds,
        rng: random(options.seed).fork("back-off", key),
        signal,
        clock,
      },
      attempt,
      ({ why, after = 0, attempts: made, seconds, cause, outage }) =>
        new SearchUnavailable(
          name,
          after > longestWait
            ? `${why}, and it asks to come back in ${Math.ceil(after)} s`
            : `${why}, after ${made} attempts in ${seconds.toFixed(1)} s`,
          "Wait, or pass { replay } or { cache } to work with what is kept.",
          { cause, outage },
        ),
    );
  }
}

/** An answer, and the reply that holds it. */
interface Answered<T> {
  readonly reply: Reply;
  readonly value: T;
  readonly passing?: true;
}

async function first(stores: readonly Store[], key: string): Promise<Exchange | undefined> {
  for (const store of stores) {
    const known = await store.get(key);
    if (known) return known;
  }
  return undefined;
}

/** A network error without the address that node-fetch writes into its message, because the address holds the key. */
const nameless = ({ name, message }: Error, question: Question): Error =>
  Object.assign(new Error(withoutSecrets(message, question)), { name });

function networkFailure(cause: Error, timeoutSeconds: number): FailedAttempt {
  const late = cause.name === "AbortError" || cause.name === "TimeoutError";
  return late
    ? { kind: "again", outage: "timeout", why: `no reply within ${timeoutSeconds} s`, cause }
    : { kind: "again", outage: "network", why: cause.message, cause };
}
