import { type OutageCause, throwIfAborted } from "../errors";
import type { Random } from "../random";
import { type Clock, wallClock } from "./clock";
import { backOff } from "./retry";
import { waitFor } from "./waiting";

/** The result of one attempt at a request. An attempt throws an error that no repetition can change. */
export type AttemptResult<T> = { readonly kind: "done"; readonly value: T } | FailedAttempt;

/** An attempt failed, and another attempt may succeed. */
export interface FailedAttempt {
  readonly kind: "again";
  readonly outage: OutageCause;
  readonly why: string; // without keys: it stands in errors and on the screen
  readonly after?: number | undefined; // seconds that the server asks for (Retry-After)
  readonly cause?: unknown; // the error that says so, if any
}

/** The time limits and retries of a request. */
interface RetryPlan {
  readonly name: string; // of the server, for the line that says what is waited for
  readonly url: string;
  readonly what: string; // of the request, for Interrupted
  readonly attempts: number; // without progress in between
  readonly timeoutSeconds: number; // of one attempt, for the line
  readonly firstPause: number; // seconds before the second attempt; doubled each time, 30 at most, ±25 %
  readonly rng: Random; // of the jitter
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  /** A number that grows while attempts get further, such as bytes: each growth gives all attempts back. */
  readonly progress?: (() => number) | undefined;
}

/** How a request ended that was given up. */
interface GivenUp extends Omit<FailedAttempt, "kind"> {
  readonly attempts: number; // made, since it last got further
  readonly seconds: number; // of all of them
}

export const longestWait = 120; // seconds; a server that asks for more is down for our purposes

/**
 * Runs `attempt` until it is done. Every HTTP client of the library goes through here: it waits with back-off, jitter
 * and Retry-After, says on the screen what it waits for, and gives up after `attempts`, or at once where the server
 * asks for a pause of more than two minutes.
 *
 * A client brings two functions. `attempt` sends one request: it returns "again" for what may pass (a network error, a
 * time limit, HTTP 408, 425, 429, 5xx: see `outageOfStatus`) and throws what may not. `giveUp` makes the error of the
 * last failure, a SearchUnavailable with its `outage`, so that the cause is counted. Secrets are taken out of `why`
 * with `veiled`.
 *
 * Throws what `giveUp` makes, and Interrupted when `signal` fires.
 */
export async function withRetries<T>(
  plan: RetryPlan,
  attempt: () => Promise<AttemptResult<T>>,
  giveUp: (last: GivenUp) => Error,
): Promise<T> {
  const { name, url, what, attempts, timeoutSeconds, firstPause, rng, signal, clock = wallClock } = plan;
  const { progress = () => 0 } = plan;
  const started = clock.now();
  const waiting = waitFor(name, url, { attempts, timeoutSeconds, firstPause });
  try {
    let reached = progress();
    for (let failures = 1; ; failures++) {
      // before the request: node-fetch crashes the process where a signal has fired already
      throwIfAborted(signal, what);
      const result = await attempt();
      if (result.kind === "done") return result.value;
      throwIfAborted(signal, what);
      if (progress() > reached) failures = 1;
      reached = progress();
      const { after = 0 } = result;
      if (failures >= attempts || after > longestWait)
        throw giveUp({ ...result, attempts: failures, seconds: (clock.now() - started) / 1000 });
      const pause = Math.max(after, backOff(failures, firstPause, rng));
      waiting.failed(result.why, pause);
      await clock.sleep(pause * 1000, signal);
    }
  } finally {
    waiting.end();
  }
}

/** The outage that a status alone tells; undefined for a status that is the server's word on the request. */
export function outageOfStatus(status: number): OutageCause | undefined {
  if (status === 429) return "rate_limit";
  if (status === 401 || status === 402 || status === 403 || status === 407) return "refused";
  return status === 408 || status === 409 || status === 425 || status >= 500 ? "server" : undefined;
}
