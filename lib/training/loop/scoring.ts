import { setMaxListeners } from "node:events";
import { Interrupted, SearchUnavailable, throwIfAborted } from "../../core/errors";
import type { Problem } from "../../core/records";
import { rewardOutcome, type RewardOutage, type RewardOutcome } from "../../core/reward-outcome";
import type { Task } from "../../core/roles";
import { checkedScore, textOfProblem } from "../../core/task-outputs";

/** How outages are handled. */
export interface OutagePolicy {
  /** searches in flight */
  readonly width: number;
  readonly signal?: AbortSignal | undefined;
  /** repetitions after an outage; 2 by default */
  readonly outageRetries?: number;
  /** seconds before the first repetition */
  readonly outageBackOff?: number;
  /** share of outages above which the engine is waited for */
  readonly outageLimit?: number;
  /** seconds that the engine is waited for; 0 is no wait */
  readonly outagePatience?: number;
  /** seconds that one reward may take */
  readonly rewardSeconds?: number;
}

/** The scoring of the responses of one step. */
export interface Scoring {
  /** Begins to score a response. */
  begin(place: number, text: string): void;
  /** Runs what produces the responses; its signal fires when the caller's does, and when scoring has failed. */
  during<T>(produce: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Scores the remaining responses, repeats those with outages, and resolves to all outcomes in order. */
  finish(texts: readonly string[]): Promise<RewardOutcome[]>;
}

const longestPause = 60; // seconds between two attempts

/** Scores responses to `problems`. With `sharesEqual`, equal responses to one problem are scored once. */
export function scoring(
  task: Task,
  problems: readonly Problem[],
  options: OutagePolicy & { readonly sharesEqual?: boolean },
): Scoring {
  const { width, signal, sharesEqual = false } = options;
  const { outageRetries = 2, outageBackOff = 1, outageLimit = 0.5, outagePatience = 0 } = options;
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // each reward in flight listens
  const abort = () => stop.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  const begun = new Map<number, Promise<RewardOutcome>>();
  const shared = new Map<string, Promise<RewardOutcome>>();
  const failures = new Map<number, unknown>();
  const place = places(width);

  const ask = (i: number, text: string): Promise<RewardOutcome> =>
    place(() => scoreOnce(task, problems[i]!, text, stop.signal, options.rewardSeconds ?? Infinity));
  const begin = (i: number, text: string): void => {
    const key = JSON.stringify([problems[i]!.id, text]);
    const outcome = (sharesEqual ? shared.get(key) : undefined) ?? ask(i, text);
    if (sharesEqual) shared.set(key, outcome);
    begun.set(i, outcome);
    outcome.catch((error: unknown) => {
      failures.set(i, error);
      stop.abort(error); // nothing more is sampled or searched for a step that has failed
    });
  };
  const failed = (): void => {
    throwIfAborted(signal, "rollout");
    const [first] = [...failures.keys()].sort((a, b) => a - b);
    if (first !== undefined) throw failures.get(first);
  };
  /** The outcomes, after those with outages have been scored again. */
  const again = async (texts: readonly string[], outcomes: RewardOutcome[]): Promise<RewardOutcome[]> => {
    const retried = new Map<string, Promise<RewardOutcome>>();
    return Promise.all(
      outcomes.map((outcome, i) => {
        if (outcome.kind !== "outage") return outcome;
        const key = JSON.stringify([problems[i]!.id, sharesEqual ? texts[i] : i]);
        const next = retried.get(key) ?? ask(i, texts[i]!);
        retried.set(key, next);
        return next;
      }),
    );
  };
  return {
    begin,
    async during(produce) {
      try {
        return await produce(stop.signal);
      } catch (error) {
        await Promise.allSettled(begun.values());
        failed();
        throw error;
      }
    },
    async finish(texts) {
      try {
        texts.forEach((text, i) => begun.has(i) || begin(i, text));
        await Promise.allSettled(begun.values());
        failed();
        let outcomes = await Promise.all(texts.map((_, i) => begun.get(i)!));
        let waited = 0;
        for (let attempt = 1; outagesIn(outcomes).length > 0; attempt++) {
          const tooMany = outagesIn(outcomes).length >= outageLimit * outcomes.length;
          if (attempt > outageRetries && !tooMany) break;
          if (
            tooMany &&
            (attempt > outageRetries || refused(outcomes)) &&
            (waited >= outagePatience || refused(outcomes))
          )
            throw ended(outagesIn(outcomes)[0]!);
          if (tooMany && attempt === outageRetries + 1) warnOfPause(outcomes);
          const pause = Math.min(outageBackOff * 2 ** (attempt - 1), longestPause);
          await sleep(pause, signal);
          if (attempt > outageRetries) waited += Math.max(pause, 0.001);
          outcomes = await again(texts, outcomes);
        }
        return outcomes;
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    },
  };
}

const outagesIn = (outcomes: readonly RewardOutcome[]): RewardOutage[] =>
  outcomes.filter((outcome): outcome is RewardOutage => outcome.kind === "outage");

/** Whether an engine asks for a key or a login, which no repetition helps. */
const refused = (outcomes: readonly RewardOutcome[]): boolean =>
  outagesIn(outcomes).some(({ cause }) => cause === "refused");

/** The error that the outage was recorded from. */
function ended({ engine, why, cause }: RewardOutage): SearchUnavailable {
  const error = new SearchUnavailable(engine, why, "", { outage: cause });
  error.message = why; // the message of the error that was thrown names the engine and the fix
  return error;
}

function warnOfPause(outcomes: readonly RewardOutcome[]): void {
  const missing = outagesIn(outcomes);
  process.emitWarning(
    `${missing.length} of ${outcomes.length} rewards are missing: ${missing[0]!.why} Training waits, asks again, ` +
      "and goes on when the engine answers.",
    "OutageWarning",
  );
}

/**
 * One reward. An engine that is down, or a reward that takes too long, is an outage; any other error names the problem.
 */
async function scoreOnce(
  task: Task,
  problem: Problem,
  text: string,
  stop: AbortSignal,
  seconds: number,
): Promise<RewardOutcome> {
  throwIfAborted(stop, "rollout");
  const own = new AbortController();
  let abort = (): void => own.abort(stop.reason);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<RewardOutage | undefined>((resolve) => {
    if (seconds !== Infinity)
      timer = setTimeout(() => {
        const why = `task ${task.name}: the reward of problem ${problem.id} took more than ${seconds} s.`;
        resolve({ kind: "outage", cause: "timeout", engine: task.name, why });
        own.abort();
      }, seconds * 1000);
    abort = () => (own.abort(stop.reason), resolve(undefined));
    stop.addEventListener("abort", abort, { once: true });
  });
  try {
    const before = textOfProblem(problem);
    const score = rewardOutcome(async () => {
      const made = checkedScore(task, problem, text, await task.score(problem, text, { signal: own.signal }));
      if (textOfProblem(problem) !== before) throw new TypeError(changed(task, before, problem));
      return made;
    });
    score.catch(() => undefined); // the race below may be over by then
    const outcome = await Promise.race([score, late]);
    if (outcome === undefined) throw new Interrupted("rollout", { cause: stop.reason });
    return outcome;
  } catch (error) {
    throw named(task, problem, text, error);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", abort);
  }
}

const changed = (task: Task, before: string, problem: Problem): string =>
  `task ${task.name}: the reward changed its problem, from ${before.slice(0, 80)} to ` +
  `${textOfProblem(problem).slice(0, 80)}. A reward may only read it: copy what you change.`;

/** The error of a reward, with its problem and response in the message. */
function named(task: Task, problem: Problem, text: string, error: unknown): unknown {
  const { name = "Error", message = String(error) } = (error ?? {}) as Partial<Error>;
  if (name === "Interrupted" || message.includes(problem.id)) return error;
  const about = `problem ${problem.id} for the completion ${JSON.stringify(text.slice(0, 60))}`;
  return new Error(
    `task ${task.name}: the reward of ${about} threw ${name}: ${message}. Mend the reward; the run goes on from ` +
      "its last step with { resume: true }.",
    { cause: error },
  );
}

/** Runs at most `width` calls at a time, in the order in which they come. */
function places(width: number): <T>(call: () => Promise<T>) => Promise<T> {
  let free = width;
  const waiting: (() => void)[] = [];
  return async (call) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

function sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => (signal?.removeEventListener("abort", stop), resolve());
    const timer = setTimeout(done, seconds * 1000);
    const stop = () => (clearTimeout(timer), reject(new Interrupted("rollout", { cause: signal?.reason })));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
