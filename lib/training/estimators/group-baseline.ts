import { eachGroup, type Groups, type Scores } from "./groups";
import { mean, variance } from "./masked";

/** How a group's scores become advantages. */
interface GroupBaselineOptions {
  readonly normaliseByStd?: boolean; // true: GRPO; false: Dr.GRPO
  readonly epsilon?: number; // added to σ: 1e-6 in verl, 1e-4 in TRL, 1e-9 in OpenRLHF
  /** What an answer without others of its group gets: its score, as verl computes it (mean 0, σ 1), or 0. */
  readonly singleton?: "score" | "zero";
}

/**
 * Group relative advantages of GRPO (Shao et al. 2024, DeepSeekMath, eq. 4), as verl's compute_grpo_outcome_advantage.
 *
 *   Â_i = (s_i − μ_g) / (σ_g + ε),   μ_g and the unbiased σ_g over the answers to the same prompt
 *
 * With `normaliseByStd: false` it is Dr.GRPO (Liu et al. 2025): Â_i = s_i − μ_g. The division by σ_g gives weight to
 * prompts that are nearly solved or nearly hopeless.
 *
 * A group whose answers all earned the same gives 0 for each of them.
 *
 * @param scores [B], undefined where an answer has no score
 * @param groups [B]
 * @returns [B] one advantage a sequence; every token of it has this advantage (overTokens)
 */
export function groupBaseline(
  { scores, groups }: { readonly scores: Scores; readonly groups: Groups },
  { normaliseByStd = true, epsilon = 1e-6, singleton = "score" }: GroupBaselineOptions = {},
): number[] {
  return eachGroup("groupBaseline", scores, groups, (members) => {
    if (members.length === 1) {
      const scale = normaliseByStd ? 1 / (1 + epsilon) : 1;
      return ({ score }) => (singleton === "score" ? score * scale : 0);
    }
    const own = members.map(({ score }) => score);
    const centre = mean(own);
    const scale = normaliseByStd ? 1 / (Math.sqrt(variance(own)) + epsilon) : 1;
    const equal = own.every((score) => score === own[0]); // rounding in the mean must not be divided by ε
    return ({ score }) => (equal ? 0 : (score - centre) * scale);
  });
}
