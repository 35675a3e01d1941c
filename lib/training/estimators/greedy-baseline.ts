import { discountedReturns } from "./reinforce-plus-plus";
import type { Rows } from "./masked";

/**
 * ReMax (Li et al. 2024), as verl's compute_remax_outcome_advantage: the baseline of a prompt is what its greedy answer
 * earns.
 *
 *   Â_t = Σ_{k≥t} r_k − s_greedy
 *
 * @param rewards [B][R] reward of each token
 * @param baselines [B] the score of the greedy answer to the same prompt
 * @param mask [B][R] 1 on response tokens
 */
export function greedyBaseline({
  rewards,
  baselines,
  mask,
}: {
  readonly rewards: Rows;
  readonly baselines: readonly number[];
  readonly mask: Rows;
}): { readonly advantages: number[][]; readonly returns: number[][] } {
  const returns = discountedReturns(rewards, mask);
  const advantages = returns.map((row, b) => row.map((value, t) => (mask[b]![t]! ? value - baselines[b]! : 0)));
  return { advantages, returns };
}
