import { SearchUnavailable, type OutageCause } from "../../lib/core/errors";
import { random } from "../../lib/core/random";
import type { Task } from "../../lib/core/roles";

/** Failures by cause. */
type Counts = { rate_limit: number; timeout: number };

/**
 * A task whose engine fails a share of its calls, drawn from `seed`: half of them answer HTTP 429, the other half never
 * answer. `counts` has what was failed.
 */
export function flaky(
  task: Task,
  { share, seed }: { readonly share: number; readonly seed: number },
): { readonly task: Task; readonly counts: Counts } {
  const rng = random(seed).fork("failures");
  const counts: Counts = { rate_limit: 0, timeout: 0 };
  const score: Task["score"] = async (problem, completion, options) => {
    const draw = rng.below(1_000_000) / 1_000_000;
    if (draw >= share) return task.score(problem, completion, options);
    const cause: OutageCause & keyof Counts = draw < share / 2 ? "rate_limit" : "timeout";
    counts[cause]++;
    if (cause === "rate_limit") throw new SearchUnavailable("PubMed", "HTTP 429", "Wait.", { outage: "rate_limit" });
    return new Promise(() => undefined); // the time limit of a reward makes an outage of it
  };
  return { task: { ...task, score }, counts };
}
