import { componentMeans, componentsIn } from "../../core/reward-components";
import type { Sampler, Task } from "../../core/roles";
import { promptsOf } from "../../core/task-outputs";
import { completionsWithin } from "../../core/within-context";
import { mean } from "../estimators/masked";
import { scoredOnly, type Rollout } from "./rollout";
import { scoring, type OutagePolicy } from "./scoring";

const batchSize = 64; // prompts generated together
const width = 8; // searches in flight

/**
 * Greedy reward and measures on every problem of `task`, under verl's validation names. Malformed answers count as 0.
 * `keep` receives the rollouts.
 */
export async function validate(
  policy: Sampler,
  task: Task,
  maxTokens: number,
  signal?: AbortSignal | undefined,
  keep?: (rollouts: readonly Rollout[]) => void,
  outages: Omit<OutagePolicy, "width" | "signal"> = {},
): Promise<Record<string, number>> {
  const stop = signal ? { signal } : {};
  const rollouts: Rollout[] = [];
  for (let from = 0; from < task.problems.length; from += batchSize) {
    const problems = task.problems.slice(from, from + batchSize);
    const completions = await completionsWithin(policy, promptsOf(task, problems), {
      maxTokens,
      temperature: 0,
      ...stop,
    });
    const texts = completions.map(({ text }) => text);
    const scores = await scoring(task, problems, { ...outages, width, signal }).finish(texts);
    problems.forEach((problem, i) =>
      rollouts.push({
        problem,
        completion: completions[i]!,
        score: scores[i]!,
        prompt: [],
        group: from + i,
        response: completions[i]!.tokens,
      }),
    );
  }
  keep?.(rollouts);
  const scores = scoredOnly(rollouts).map(({ score }) => score);
  const kept = Object.entries(task.components ?? componentsIn(scores)).filter(([, { trainingOnly }]) => !trainingOnly);
  const means = {
    reward: mean(scores.map(({ reward }) => reward)),
    ...componentMeans(Object.fromEntries(kept), scores),
  };
  return {
    ...Object.fromEntries(
      Object.entries(means).map(([name, value]) => [`val-core/${task.name}/${name}/mean@1`, value]),
    ),
    // The means are over the answers that have a reward: a difference between the two numbers is never hidden.
    [`val-aux/${task.name}/n_scored`]: scores.length,
    [`val-aux/${task.name}/n_total`]: rollouts.length,
  };
}
