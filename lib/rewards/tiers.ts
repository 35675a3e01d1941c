/** Value reached → reward earned, best tier first; the last row takes all that is left. */
export type Tiers = readonly (readonly [bound: number, reward: number])[];

/** Recall of at least … → reward earned (DeepRetrieval README, "Reward Design"). */
export const recallTiers: Tiers = [
  [0.7, 5],
  [0.5, 4],
  [0.4, 3],
  [0.3, 1],
  [0.1, 0.5],
  [0.05, 0.1],
  [0, -3.5],
];

/** The first passage with an answer stands at rank … or better → reward earned; Infinity is no such passage. */
export const rankTiers: Tiers = [
  [5, 5],
  [20, 4],
  [50, 2],
  [100, 1],
  [1000, 0.5],
  [3000, 0.1],
  [Infinity, -3.5],
];

/** SQuAD's differ in what a miss costs. */
export const squadTiers: Tiers = [...rankTiers.slice(0, -1), [Infinity, -2.5]];

/** Reward of a retrieval that reached `recall` ∈ [0, 1]. */
export function tieredReward(recall: number, tiers: Tiers = recallTiers): number {
  const tier = recall <= 1 ? tiers.find(([atLeast]) => recall >= atLeast) : undefined;
  if (tier === undefined)
    throw new RangeError(
      `tieredReward: recall is ${recall}; it must be a fraction in [0, 1]. Divide by the number of relevant documents.`,
    );
  return tier[1];
}

/** Reward of a ranking whose first passage with an answer stands at `rank`, from 1; Infinity where there is none. */
export function rankedReward(rank: number, tiers: Tiers = rankTiers): number {
  const tier = rank >= 1 ? tiers.find(([atMost]) => rank <= atMost) : undefined;
  if (tier === undefined)
    throw new RangeError(
      `rankedReward: rank is ${rank}; it must be 1 or more, or Infinity where no passage holds an answer.`,
    );
  return tier[1];
}
