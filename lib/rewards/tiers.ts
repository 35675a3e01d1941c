/** Value reached → reward earned, best tier first; the last row takes all that is left. */
export type Tiers = readonly (readonly [atLeast: number, reward: number])[];

/** Recall reached → reward earned (DeepRetrieval README, "Reward Design"). */
export const recallTiers: Tiers = [
  [0.7, 5],
  [0.5, 4],
  [0.4, 3],
  [0.3, 1],
  [0.1, 0.5],
  [0.05, 0.1],
  [0, -3.5],
];

/** Reward of a retrieval that reached `recall` ∈ [0, 1]. */
export function tieredReward(recall: number, tiers: Tiers = recallTiers): number {
  const tier = recall <= 1 ? tiers.find(([atLeast]) => recall >= atLeast) : undefined;
  if (tier === undefined) throw new RangeError(`tieredReward: recall is ${recall}; it must be a fraction in [0, 1]. Divide by the number of relevant documents.`);
  return tier[1];
}
