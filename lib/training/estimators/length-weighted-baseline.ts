import { eachGroup, type Groups, type Scores } from "./groups";

/**
 * On-policy RL with the optimal baseline (Hao et al. 2025, OPO, eq. 6), as verl's compute_opo_outcome_advantage.
 *
 *   Â_i = s_i − (Σ_j l_j·s_j) / (Σ_j l_j),   l_j the length of answer j in tokens
 *
 * The length stands for the squared norm of an answer's gradient: this baseline has the least variance where they
 * agree.
 *
 * @param scores [B], undefined where an answer has no score
 * @param groups [B]
 * @param lengths [B] response tokens
 * @returns [B] one advantage a sequence; an answer without others keeps its score
 */
export function lengthWeightedBaseline({
  scores,
  groups,
  lengths,
}: {
  readonly scores: Scores;
  readonly groups: Groups;
  readonly lengths: readonly number[];
}): number[] {
  return eachGroup("lengthWeightedBaseline", scores, groups, (members) => {
    const tokens = members.reduce((sum, { place }) => sum + lengths[place]!, 0);
    if (members.length === 1 || tokens === 0) return ({ score }) => score;
    const baseline = members.reduce((sum, { place, score }) => sum + lengths[place]! * score, 0) / tokens;
    return ({ score }) => score - baseline;
  });
}
