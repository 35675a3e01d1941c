import { engineWarnings, formatErrors, shareComponent, type RewardComponents } from "../core/reward-components";

/** Shares of a recall in percent, and the least reward that the reference pays for it. */
const tiers = [
  [70, 6],
  [50, 5],
  [40, 4],
  [30, 2],
  [10, 1.5],
  [5, 1.1],
] as const;

const wrongAnswer = -2.5; // the reward of a query that finds less than the lowest tier

/**
 * What training logs of a task that pays for recall: the recall itself, and shares of the rewards at its tiers, as the
 * reference logs them (compute_reward_metrics_search_engine).
 *
 * @param k hits looked at
 */
export const recallComponents = (k: number): RewardComponents => ({
  [`R@${k}`]: {
    about: `Recall of the relevant documents among the first ${k} hits; 0 for a completion without a query.`,
    value: (score) => (score.kind === "scored" ? (score.measures[`R@${k}`] ?? 0) : 0), // a problem without labels has none
  },
  ...Object.fromEntries(
    tiers.map(([percent, least]) => [
      `${percent}_recall_ratio`,
      {
        ...shareComponent(`Share of rewards of ${least} or more.`, ({ reward }) => reward >= least),
        trainingOnly: true,
      },
    ]),
  ),
  ...formatErrors,
  wrong_answer_ratio: {
    ...shareComponent(
      `Share of rewards of ${wrongAnswer}: the query found too little.`,
      ({ reward }) => reward === wrongAnswer,
    ),
    trainingOnly: true,
  },
  ...engineWarnings,
});
