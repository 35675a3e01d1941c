import { eachGroup, type Groups, type Scores } from "./groups";
import { mean } from "./masked";

/**
 * Group policy gradient (Chu et al. 2025, GPG), as verl's compute_gpg_outcome_advantage.
 *
 *   Â_i = α·(s_i − μ_g) / F,   α = B / |{i: s_i ≠ 0}|
 *
 * α makes up for the answers that earned nothing and so give no gradient.
 *
 * @param scores [B], undefined where an answer has no score: it counts neither in B nor in the divisor
 * @param groups [B]
 * @param norm F, by which all advantages are divided; 1 by default
 * @returns [B] one advantage a sequence; an answer without others keeps α times its score
 */
export function groupPolicyGradient(
  { scores, groups }: { readonly scores: Scores; readonly groups: Groups },
  { norm = 1 }: { readonly norm?: number } = {},
): number[] {
  const known = scores.filter((score) => score !== undefined);
  const alpha = known.length / Math.max(known.filter((score) => score !== 0).length, 1);
  return eachGroup("groupPolicyGradient", scores, groups, (members) => {
    const centre = members.length === 1 ? 0 : mean(members.map(({ score }) => score));
    return ({ score }) => (alpha * (score - centre)) / norm;
  });
}
