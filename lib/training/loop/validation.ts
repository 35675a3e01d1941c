import { mapLimit } from "../../core/limit";
import type { Task } from "../../core/roles";
import { checkedScore, promptsOf } from "../../core/task-outputs";
import { completionsWithin } from "../../core/within-context";
import type { Policy } from "../../models/policy";
import { rewardMetrics } from "./step-metrics";
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
        response: completions[i]!.tokens,
      }),
    );
  }
  keep?.(rollouts);
  const { "reward/mean": reward, ...rest } = rewardMetrics(rollouts);
  const measures = Object.entries(rest).filter(([name]) => name.includes("@") || name === "reward/format_error_ratio");
  const named = measures.map(([name, value]) => [`val-core/${task.name}/${name.replace("reward/", "")}/mean@1`, value]);
  return { [`val-core/${task.name}/reward/mean@1`]: reward!, ...Object.fromEntries(named) };
}
