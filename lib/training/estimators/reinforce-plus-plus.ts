import { sameShape } from "../../core/shapes";
import { groupBaseline } from "./group-baseline";
import { overTokens, type Groups, type Scores } from "./groups";
import { shapeOf, type Rows } from "./masked";
import { unbiasedWhitening, whiten, type Whitening } from "./whiten";

/** G_t = r_t + γ·G_{t+1}, carried across positions outside the mask and 0 on them. @returns [B][R] */
export function discountedReturns(rewards: Rows, mask: Rows, gamma = 1): number[][] {
  sameShape("discountedReturns", "[B, R]", { rewards: shapeOf(rewards), mask: shapeOf(mask) });
  return rewards.map((row, b) => {
    const own = row.map(() => 0);
    let next = 0;
    for (let t = row.length - 1; t >= 0; t--) {
      if (!mask[b]![t]!) continue;
      next = row[t]! + gamma * next;
      own[t] = next;
    }
    return own;
  });
}

/**
 * REINFORCE++ (Hu 2025), as verl's compute_reinforce_plus_plus_outcome_advantage: no critic and no groups.
 *
 *   Â = whiten(G),   G_t = r_t + γ·G_{t+1}
 *
 * Whitening over the whole batch takes the place of a baseline. Fewer than two tokens give 0.
 *
 * @param rewards [B][R] reward of each token, KL penalty included
 * @param mask [B][R] 1 on response tokens
 */
export function reinforcePlusPlus(
  { rewards, mask }: Record<"rewards" | "mask", Rows>,
  { gamma = 1, whitening = unbiasedWhitening }: { readonly gamma?: number; readonly whitening?: Whitening } = {},
): { readonly advantages: number[][]; readonly returns: number[][] } {
  const returns = discountedReturns(rewards, mask, gamma);
  return { advantages: whiten(returns, mask, whitening, { tooFew: "zero" }), returns };
}

/**
 * REINFORCE++ with a baseline (Hu 2025), as verl's compute_reinforce_plus_plus_baseline_outcome_advantage: the mean of
 * the group is subtracted, as in Dr.GRPO, and the result is whitened over the tokens of the batch.
 *
 * @param scores [B], undefined where an answer has no score: its tokens have advantage 0
 * @param groups [B]
 * @param mask [B][R] 1 on response tokens
 * @returns [B][R]
 */
export function reinforcePlusPlusBaseline(
  { scores, groups, mask }: { readonly scores: Scores; readonly groups: Groups; readonly mask: Rows },
  { whitening = unbiasedWhitening }: { readonly whitening?: Whitening } = {},
): number[][] {
  const known = mask.map((row, b) => row.map((inside) => (scores[b] === undefined ? 0 : inside)));
  const centred = overTokens(groupBaseline({ scores, groups }, { normaliseByStd: false }), known);
  return whiten(centred, known, whitening, { tooFew: "zero" });
}
