import { eachGroup, type Groups, type Scores } from "./groups";
import { variance } from "./masked";

/**
 * Advantages for pass@k (Tang et al. 2025), as verl's compute_grpo_passk_outcome_advantage: only the best answer of a
 * group has one, by how much it is better than the second best.
 *
 *   Â_best = (s_best − s_second) / (σ_g + ε),   every other Â is 0
 *
 * @param scores [B], undefined where an answer has no score
 * @param groups [B]
 * @returns [B] one advantage a sequence
 * @param tooFew what a group of one scored answer gives, which has no second best: a RangeError, as in verl, or 0
 */
export function bestOfGroup(
  { scores, groups }: { readonly scores: Scores; readonly groups: Groups },
  {
    normaliseByStd = true,
    epsilon = 1e-6,
    tooFew = "throw",
  }: { readonly normaliseByStd?: boolean; readonly epsilon?: number; readonly tooFew?: "throw" | "zero" } = {},
): number[] {
  return eachGroup("bestOfGroup", scores, groups, (members) => {
    if (members.length < 2 && tooFew === "zero") return () => 0;
    if (members.length < 2)
      throw new RangeError(
        `bestOfGroup: group ${groups[members[0]!.place]} has 1 scored answer, and pass@k needs a second best. ` +
          "Use a group of 2 or more.",
      );
    const [best, second] = [...members].sort((a, b) => b.score - a.score);
    const gap = best!.score - second!.score;
    const scale = normaliseByStd ? Math.sqrt(variance(members.map(({ score }) => score))) + epsilon : 1;
    return ({ place }) => (place === best!.place ? gap / scale : 0);
  });
}
