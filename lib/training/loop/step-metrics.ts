import type { Score } from "../../core/records";
import { masked, mean, spread, variance, type Rows } from "../estimators/masked";
import type { Rollout } from "./rollout";

/** One step's metrics under verl's names, numbers only. `step` is the x axis. */
export type TrainingStep = { readonly step: number } & Readonly<Record<string, number>>;

/** Shares of rewards at the reference's tiers (compute_reward_metrics_search_engine). */
const recallTiers = [
  [70, 6],
  [50, 5],
  [40, 4],
  [30, 2],
  [10, 1.5],
  [5, 1.1],
] as const;

const share = (values: readonly boolean[]): number => mean(values.map(Number));

/** reward/* of a step: the reference's, and every measure's mean over all rollouts, where a malformed one counts 0. */
export function rewardMetrics(rollouts: readonly Rollout[]): Record<string, number> {
  const scores = rollouts.map(({ score }) => score);
  const rewards = scores.map(({ reward }) => reward);
  const names = [...new Set(scores.flatMap((score) => (score.kind === "scored" ? Object.keys(score.measures) : [])))];
  const measure = (score: Score, name: string) => (score.kind === "scored" ? (score.measures[name] ?? 0) : 0);
  return {
    "reward/mean": mean(rewards),
    ...Object.fromEntries(names.map((name) => [`reward/${name}`, mean(scores.map((score) => measure(score, name)))])),
    ...Object.fromEntries(
      recallTiers.map(([percent, reward]) => [
        `reward/${percent}_recall_ratio`,
        share(rewards.map((r) => r >= reward)),
      ]),
    ),
    "reward/format_error_ratio": share(scores.map(({ kind }) => kind === "malformed")),
    "reward/wrong_answer_ratio": share(rewards.map((r) => r === -2.5)),
    "reward/warning_ratio": share(scores.map((score) => score.kind === "scored" && (score.warnings?.length ?? 0) > 0)),
    "reward/n_scored": rewards.length, // an outage would have thrown: every rollout has a score
  };
}

/** The spread of a step's rewards, for the display: their standard deviation. 0 where all earn the same, so that nothing tells a better answer. */
export const rewardSpread = (rollouts: readonly Rollout[]): Record<string, number> => ({
  "reward/std": Math.sqrt(variance(rollouts.map(({ score }) => score.reward))),
});

/** critic/* spreads over response tokens; score is before, rewards is after the KL penalty. */
export function estimateMetrics(
  scores: readonly number[],
  tokens: Record<"rewards" | "advantages" | "returns" | "values", Rows>,
  mask: Rows,
): Record<string, number> {
  const perSequence = tokens.rewards.map((row, b) =>
    row.reduce((sum, reward, t) => sum + (mask[b]![t]! ? reward : 0), 0),
  );
  return {
    ...spread("critic/score", scores),
    ...spread("critic/rewards", perSequence),
    ...spread("critic/advantages", masked(tokens.advantages, mask)),
    ...spread("critic/returns", masked(tokens.returns, mask)),
    ...spread("critic/values", masked(tokens.values, mask)),
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
