import { throwIfAborted } from "../../core/errors";
import { mapLimit } from "../../core/calls/limit";
import type { Random } from "../../core/random";
import type { Completion, Problem, Score } from "../../core/records";
import type { Task } from "../../core/roles";
import { checkedScore, promptsOf } from "../../core/task-outputs";
import type { Sequence } from "../../models/decoder/batch";
import type { Policy } from "../../models/policy";

/** One problem, what the policy wrote for it, and what that earned. */
export interface Rollout extends Sequence {
  readonly problem: Problem;
  readonly completion: Completion;
  readonly score: Score;
  readonly group: number; // responses to one prompt of a step share it
}

/** How the rollouts of one step are made. */
export interface RolloutOptions {
  /** tokens */
  readonly maxResponse: number;
  readonly temperature: number;
  readonly topP: number;
  /** searches in flight */
  readonly width: number;
  readonly rng: Random;
  readonly signal?: AbortSignal | undefined;
  /** responses to each prompt; 1 by default: `problems` then has every prompt `group` times in a row */
  readonly group?: number;
}

/** Samples a response to every problem and scores them, in order. An outage throws through: nothing is scored by default. */
export async function collect(
  policy: Policy,
  task: Task,
  problems: readonly Problem[],
  options: RolloutOptions,
): Promise<{ rollouts: Rollout[]; seconds: { gen: number; reward: number } }> {
  const { maxResponse, temperature, topP, width, rng, signal, group = 1 } = options;
  const started = performance.now();
  const prompts = promptsOf(task, problems);
  const sampling = { maxTokens: maxResponse, temperature, topP, rng };
  const completions = await policy.generate(prompts, signal ? { ...sampling, signal } : sampling);
  const generated = performance.now();
  throwIfAborted(signal, "rollout");
  const scores = await mapLimit(completions, width, async ({ text }, i) =>
    checkedScore(task, problems[i]!, text, await task.score(problems[i]!, text, signal ? { signal } : {})),
  );
  const rollouts = completions.map((completion, i) => ({
    problem: problems[i]!,
    completion,
    score: scores[i]!,
    prompt: policy.tokenizer.encode(prompts[i]!),
    response: completion.tokens,
    group: Math.floor(i / group),
  }));
  return { rollouts, seconds: { gen: (generated - started) / 1000, reward: (performance.now() - generated) / 1000 } };
}
