import { setMaxListeners } from "node:events";
import { Interrupted } from "../../core/errors";
import type { Problem, Score } from "../../core/records";
import { type RewardOutcome, rewardOutcome } from "../../core/reward-outcome";
import { checkedScore } from "../../core/task-outputs";
import { slots } from "../../core/processes/slots";
import { above, whole, type Range } from "../../core/ranges";
import { settings } from "../../core/settings";
import { valueIssue, WireFault } from "../requests/issue";
import type { ServedTask } from "./served-task";

/** The limits of scoring. */
export const scorerDefaults = {
  /** completions that are scored at once */
  concurrency: 64,
  /** completions that may wait for that; further ones are answered with 429 */
  waiting: 10_000,
  /** seconds for one completion; then it counts as an outage */
  seconds: 120,
};

export type ScorerSettings = Partial<typeof scorerDefaults>;

export const scorerRanges: Readonly<Record<keyof typeof scorerDefaults, Range>> = {
  concurrency: whole(1),
  waiting: whole(0),
  seconds: above(0),
};

/** One completion to be scored. */
export interface Scorable {
  readonly served: ServedTask;
  readonly problem: Problem;
  readonly completion: string;
  readonly prompt?: string | undefined; // what it continues; the task's own prompt if absent
}

/** Scores completions for all wires of a server, within its limits. */
export interface Scorer {
  /**
   * What came of each completion, in their order. An engine that is down, or not done in time, is an outage. Throws
   * WireFault 429 where too many wait, 422 for a completion whose problem cannot be scored, and Interrupted when
   * `signal` fires.
   */
  score(items: readonly Scorable[], signal: AbortSignal, seconds?: number): Promise<RewardOutcome[]>;
  /** Completions that are scored or wait. */
  pending(): number;
}

/** A scorer. Its limits hold for all who ask it. */
export function scorer(given: ScorerSettings = {}): Scorer {
  const limits = settings("scorer", scorerDefaults, given, scorerRanges);
  const places = slots<never>(limits.concurrency, () => true);
  let pending = 0;

  const one = async (item: Scorable, signal: AbortSignal, seconds: number): Promise<RewardOutcome> => {
    const place = await places.acquire([signal]);
    try {
      return await scoredWithin(item, signal, seconds);
    } finally {
      places.release(place);
    }
  };

  return {
    pending: () => pending,
    async score(items, signal, seconds = limits.seconds) {
      const room = limits.concurrency + limits.waiting - pending;
      if (items.length > room)
        throw new WireFault(
          429,
          `${pending} completions are being scored or wait, and ${items.length} more came; there is room for ` +
            `${limits.concurrency + limits.waiting}. Come back later, or send fewer at a time.`,
          {},
          1,
        );
      pending += items.length;
      const failed = new AbortController(); // one that cannot be scored ends the others
      const both = items.length === 1 ? signal : AbortSignal.any([signal, failed.signal]);
      setMaxListeners(0, both); // each completion adds listeners, so many listeners are no leak
      try {
        return await Promise.all(
          items.map((item, i) =>
            one(item, both, seconds).catch((error: Error) => {
              failed.abort(error);
              throw error.name === "RangeError" && items.length > 1
                ? new WireFault(422, [valueIssue(["body", "items", i], error.message, item.problem.id)])
                : error;
            }),
          ),
        );
      } catch (error) {
        const { name, message } = error as Error;
        if (name !== "RangeError") throw error;
        throw new WireFault(422, [valueIssue(["body"], message, items[0]?.problem.id)]);
      } finally {
        pending -= items.length;
      }
    },
  };
}

/** What came of one completion, after `seconds` at the latest, whether or not its task listens to signals. */
async function scoredWithin(
  { served, problem, completion, prompt }: Scorable,
  signal: AbortSignal,
  seconds: number,
): Promise<RewardOutcome> {
  const { task } = served;
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let leave = (): void => undefined;
  const ended = new Promise<RewardOutcome>((resolve, reject) => {
    leave = () => (stop.abort(signal.reason), reject(new Interrupted("scoring", { cause: signal.reason })));
    timer = setTimeout(() => {
      const why = `no reward within ${seconds} s. Raise the time limit, or look at what ${task.name} searches.`;
      resolve({ kind: "outage", cause: "timeout", engine: task.name, why: `${task.name}: ${why}` });
      stop.abort();
    }, seconds * 1000);
  });
  signal.addEventListener("abort", leave, { once: true });
  const score = async (): Promise<Score> =>
    checkedScore(
      task,
      problem,
      completion,
      await task.score(problem, completion, { signal: stop.signal, ...(prompt !== undefined && { prompt }) }),
    );
  try {
    return await Promise.race([rewardOutcome(score), ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}
