import { outageCauses } from "../../core/errors";
import type { Score } from "../../core/records";
import type { Task } from "../../core/roles";
import { componentMeans, componentsIn } from "../../core/reward-components";
import { masked, mean, spread, variance, type Rows } from "../estimators/masked";
import type { Rollout, ScoredRollout } from "./rollout";

const share = (values: readonly boolean[]): number => mean(values.map(Number));

/**
 * reward/* of a step: the mean reward, and the mean of each component that the task declares. A task that declares none
 * has every measure of its scores logged.
 */
export function rewardMetrics(task: Pick<Task, "components">, scores: readonly Score[]): Record<string, number> {
  if (scores.length === 0) return { "reward/n_scored": 0 }; // the mean of no scores is undefined
  const means = componentMeans(task.components ?? componentsIn(scores), scores);
  return {
    "reward/mean": mean(scores.map(({ reward }) => reward)),
    ...Object.fromEntries(Object.entries(means).map(([name, value]) => [`reward/${name}`, value])),
    "reward/n_scored": scores.length,
  };
}

/**
 * Outages of a step: how many rewards were asked for, the share that is missing, and the number of each cause. Every
 * step has a column for every cause, so that a table of steps has the same columns before and after an outage.
 */
export function outageMetrics(rollouts: readonly Rollout[]): Record<string, number> {
  const causes = rollouts.flatMap(({ score }) => (score.kind === "outage" ? [score.cause] : []));
  return {
    "reward/n_total": rollouts.length,
    "reward/outage_rate": causes.length / (rollouts.length || 1),
    ...Object.fromEntries(
      outageCauses.map((cause) => [`reward/outages/${cause}`, causes.filter((own) => own === cause).length]),
    ),
  };
}

/**
 * The mean reward of the greedy responses, and how many of them have none, because an engine was down. Both are of the
 * baselines alone: no other figure counts a greedy response.
 */
export function baselineMetrics(baselines: readonly (number | undefined)[]): Record<string, number> {
  const known = baselines.filter((reward): reward is number => reward !== undefined);
  return {
    "reward/baseline_mean": mean(known),
    "reward/baseline_outages": baselines.length - known.length,
  };
}

/** The share of groups whose responses all have the same reward: their advantages are 0. TRL's frac_reward_zero_std. */
export function groupMetrics(rollouts: readonly ScoredRollout[]): Record<string, number> {
  const rewards = new Map<number, number[]>();
  for (const { group, score } of rollouts) rewards.set(group, [...(rewards.get(group) ?? []), score.reward]);
  return {
    "reward/zero_spread_ratio": share([...rewards.values()].map((own) => own.every((reward) => reward === own[0]))),
  };
}

/** The standard deviation of a step's rewards, for the display. It is 0 if all rewards are equal. */
export const rewardSpread = (rollouts: readonly ScoredRollout[]): Record<string, number> =>
  rollouts.length === 0 ? {} : { "reward/std": Math.sqrt(variance(rollouts.map(({ score }) => score.reward))) };

/** critic/* spreads over response tokens; score is before, rewards is after the KL penalty. */
export function estimateMetrics(
  scores: readonly number[],
  tokens: Record<"rewards" | "advantages", Rows> & { readonly returns?: Rows; readonly values?: Rows },
  mask: Rows,
): Record<string, number> {
  const perSequence = tokens.rewards.map((row, b) =>
    row.reduce((sum, reward, t) => sum + (mask[b]![t]! ? reward : 0), 0),
  );
  return {
    ...spread("critic/score", scores),
    ...spread("critic/rewards", perSequence),
    ...spread("critic/advantages", masked(tokens.advantages, mask)),
    ...(tokens.returns && spread("critic/returns", masked(tokens.returns, mask))),
    ...(tokens.values && spread("critic/values", masked(tokens.values, mask))),
  };
}

/** response_length/* and prompt_length/*, in tokens; clip_ratio is the share cut at the limit. */
export function lengthMetrics(rollouts: readonly Rollout[]): Record<string, number> {
  return {
    ...spread(
      "response_length",
      rollouts.map(({ response }) => response.length),
    ),
    "response_length/clip_ratio": share(rollouts.map(({ completion }) => !completion.finished)),
    ...spread(
      "prompt_length",
      rollouts.map(({ prompt }) => prompt.length),
    ),
  };
}

/** Mean of each metric over the optimizer steps of an iteration. */
export function averaged(updates: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(updates[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, mean(updates.map((update) => update[name]!))]));
}
