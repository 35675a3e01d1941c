import { mean, variance } from "../estimators/masked";
import type { BestValidation } from "../run-folder/checkpoint";

/** The better of the best validation so far and that of `step`. Without a reward the best stays. */
export function bestOf(
  best: BestValidation | undefined,
  step: number,
  rewards: readonly number[],
): BestValidation | undefined {
  if (rewards.length === 0) return best;
  const reward = mean(rewards);
  if (best === undefined) return { step, reward, first: reward };
  return reward > best.reward ? { step, reward, first: best.first } : best;
}

/**
 * Whether validation has collapsed: the mean reward lies below the best one by more than `share` of what was gained
 * since the first validation, and by more than two standard errors of a difference of means.
 *
 *   best − mean > max(share·(best − first), 2·√(2·s²/n))
 *
 * @param rewards of the newest validation
 * @param share 0 is never
 */
export function collapsed(rewards: readonly number[], best: BestValidation | undefined, share: number): boolean {
  if (!best || share === 0 || rewards.length === 0) return false;
  const noise = 2 * Math.sqrt((2 * variance(rewards)) / rewards.length);
  return best.reward - mean(rewards) > Math.max(share * (best.reward - best.first), noise);
}
