import type { Random } from "../../core/random";
import type { Completion, Problem, Score } from "../../core/records";
import type { RewardOutcome } from "../../core/reward-outcome";
import type { Task } from "../../core/roles";
import { promptsOf } from "../../core/task-outputs";
import type { Sequence } from "../../models/decoder/batch";
import type { Policy } from "../../models/policy";
import type { ServedPolicy } from "../served/served-policy";
import type { RolloutEngine } from "../rollout-engine";
import { scoring, type OutagePolicy } from "./scoring";

/** One problem, the policy's response to it, and its score. */
export interface Rollout extends Sequence {
  readonly problem: Problem;
  readonly completion: Completion;
  readonly score: RewardOutcome;
  readonly group: number; // responses to one prompt of a step share it
}

/** A rollout whose reward is known. */
export type ScoredRollout = Rollout & { readonly score: Score };

/** The rollouts with a reward, which outages lack. */
export const scoredOnly = (rollouts: readonly Rollout[]): ScoredRollout[] =>
  rollouts.filter((rollout): rollout is ScoredRollout => rollout.score.kind !== "outage");

/** Options of the rollouts of one step. */
interface RolloutOptions extends OutagePolicy {
  /** tokens */
  readonly maxResponse: number;
  readonly temperature: number;
  readonly topP: number;
  readonly rng: Random;
  /** responses to each prompt; 1 by default: `problems` then has every prompt `group` times in a row */
  readonly group?: number;
  /** writes the responses in place of the policy */
  readonly sampler?: RolloutEngine | undefined;
}

/**
 * Samples a response to every problem and scores the responses, in order. A response is scored as soon as it is
 * finished, while others are still sampled. An outage is a kind of score, never a reward. If too many outages are left,
 * the engine is waited for, and then SearchUnavailable is thrown. Any other error of the task ends the sampling and is
 * thrown.
 */
export async function collect(
  policy: Policy | ServedPolicy,
  task: Task,
  problems: readonly Problem[],
  options: RolloutOptions,
): Promise<{ rollouts: Rollout[]; seconds: { gen: number; reward: number } }> {
  const { maxResponse, temperature, topP, rng, group = 1, sampler = policy } = options;
  const started = performance.now();
  const prompts = promptsOf(task, problems);
  const scores = scoring(task, problems, { ...options, sharesEqual: group > 1 });
  const completions = await scores.during((signal) =>
    sampler.generate(prompts, {
      maxTokens: maxResponse,
      temperature,
      topP,
      rng,
      signal,
      onCompletion: (place, { text }) => scores.begin(place, text),
    }),
  );
  const generated = performance.now();
  const outcomes = await scores.finish(completions.map(({ text }) => text));
  const rollouts = completions.map((completion, i) => ({
    problem: problems[i]!,
    completion,
    score: outcomes[i]!,
    prompt: policy.tokenizer.encode(prompts[i]!),
    response: completion.tokens,
    group: Math.floor(i / group),
  }));
  return { rollouts, seconds: { gen: (generated - started) / 1000, reward: (performance.now() - generated) / 1000 } };
}
