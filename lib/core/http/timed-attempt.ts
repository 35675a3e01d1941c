import { Interrupted } from "../errors";
import type { AttemptResult } from "./retries";
import { veiled } from "./veiled";

/** What one attempt is bound by. */
interface AttemptLimits<T> {
  readonly what: string; // of the request, for Interrupted
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
  readonly secrets: readonly string[]; // blotted out of what the network says
  /** What it means that time runs out; an outage that may pass, if absent. */
  readonly late?: AttemptResult<T>;
}

/**
 * Runs one attempt at a request within its time. `work` gets a signal that fires when time runs out and when the caller
 * stops; it may throw SearchUnavailable, which no repetition can change. Every other error is one of the network and
 * may pass. Throws Interrupted when the caller's signal fires.
 */
export async function timedAttempt<T>(
  { what, timeoutSeconds, signal, secrets, late }: AttemptLimits<T>,
  work: (signal: AbortSignal) => Promise<AttemptResult<T>>,
): Promise<AttemptResult<T>> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  const timer = setTimeout(abort, timeoutSeconds * 1000);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  try {
    return await work(stop.signal);
  } catch (error) {
    if (signal?.aborted) throw new Interrupted(what, { cause: error });
    if ((error as Error).name === "SearchUnavailable") throw error;
    if (stop.signal.aborted)
      return late ?? { kind: "again", outage: "timeout", why: `no reply within ${timeoutSeconds} s`, cause: error };
    return { kind: "again", outage: "network", why: veiled((error as Error).message, secrets), cause: error };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
