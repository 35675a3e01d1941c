/**
 * p-values for a family of tests, so that the chance of any false one among them stays below the level (Holm 1979). In
 * the order of `ps`.
 *
 *   p̃₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎),   p₍₁₎ ≤ p₍₂₎ ≤ … ≤ p₍ₘ₎
 *
 * Throws RangeError for a value that is no probability.
 */
export function holm(ps: readonly number[]): number[] {
  const wrong = ps.findIndex((p) => !(p >= 0 && p <= 1));
  if (wrong >= 0) throw new RangeError(`holm: value ${wrong} is ${ps[wrong]}; a p-value is between 0 and 1.`);
  const order = [...ps.keys()].sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = new Array<number>(ps.length);
  let most = 0;
  for (const [rank, i] of order.entries()) {
    most = Math.max(most, Math.min(1, (ps.length - rank) * ps[i]!));
    adjusted[i] = most;
  }
  return adjusted;
}
