import { eachGroup, type Groups, type Scores } from "./groups";

/**
 * REINFORCE leave-one-out (Ahmadian et al. 2024, RLOO, eq. 8), as verl's compute_rloo_outcome_advantage.
 *
 *   Â_i = s_i − (Σ_{j≠i} s_j) / (n − 1)
 *
 * The baseline of an answer is the mean of the other answers to its prompt, so it does not depend on the answer itself.
 *
 * @param scores [B], undefined where an answer has no score: it enters no baseline
 * @param groups [B]
 * @param singleton what an answer without others gets: its score (verl's rloo) or 0 (verl's rloo_vectorized)
 * @returns [B] one advantage a sequence
 */
export function leaveOneOut(
  { scores, groups }: { readonly scores: Scores; readonly groups: Groups },
  { singleton = "score" }: { readonly singleton?: "score" | "zero" } = {},
): number[] {
  return eachGroup("leaveOneOut", scores, groups, (members) => {
    const n = members.length;
    if (n === 1) return ({ score }) => (singleton === "score" ? score : 0);
    const sum = members.reduce((total, { score }) => total + score, 0);
    return ({ score }) => score - (sum - score) / (n - 1);
  });
}
