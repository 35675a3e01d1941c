import { mapLimit } from "../../core/calls/limit";
import { componentMeans, componentsIn } from "../../core/reward-components";
import type { Task } from "../../core/roles";
import { checkedScore, promptsOf } from "../../core/task-outputs";
import { completionsWithin } from "../../core/within-context";
import type { Policy } from "../../models/policy";
import { mean } from "../estimators/masked";
import type { Rollout } from "./rollout";

const batchSize = 64; // prompts generated together
const width = 8; // searches in flight

/** Greedy reward and measures on every problem of `task`, under verl's validation names. Malformed answers count as 0. `keep` gets what was written. */
export async function validate(
  policy: Policy,
  task: Task,
  maxTokens: number,
  signal?: AbortSignal | undefined,
  keep?: (rollouts: readonly Rollout[]) => void,
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
    const scores = await mapLimit(problems, width, async (problem, i) =>
      checkedScore(task, problem, completions[i]!.text, await task.score(problem, completions[i]!.text, stop)),
    );
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
  const scores = rollouts.map(({ score }) => score);
  const kept = Object.entries(task.components ?? componentsIn(scores)).filter(([, { trainingOnly }]) => !trainingOnly);
  const means = {
    reward: mean(scores.map(({ reward }) => reward)),
    ...componentMeans(Object.fromEntries(kept), scores),
  };
  return Object.fromEntries(
    Object.entries(means).map(([name, value]) => [`val-core/${task.name}/${name}/mean@1`, value]),
  );
}
