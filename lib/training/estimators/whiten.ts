import { biasedVariance, masked, mean, variance, type Rows } from "./masked";

/** How values are brought to mean 0 and variance 1. */
export interface Whitening {
  readonly variance: "unbiased" | "biased"; // divided by n − 1, or by n
  readonly epsilon: number; // keeps the divisor above 0
  readonly stabiliser: "add" | "clamp"; // √(σ² + ε), or √max(σ², ε)
}

/** verl's masked_whiten, and TRL's. */
export const unbiasedWhitening: Whitening = { variance: "unbiased", epsilon: 1e-8, stabiliser: "add" };

/** OpenRLHF's masked_normalize. */
export const biasedWhitening: Whitening = { variance: "biased", epsilon: 1e-8, stabiliser: "clamp" };

/** What else may be chosen. */
export interface WhitenOptions {
  readonly shiftMean?: boolean; // false: the mean is kept, only the scale changes (verl's shift_mean=False)
  readonly tooFew?: "throw" | "zero"; // what fewer than two values give: a RangeError, or 0 for each
}

/**
 * (x − μ)·(σ² + ε)^−½ over the mask; 0 outside it. verl's masked_whiten.
 *
 * Fewer than two values have no variance: that throws RangeError, as in verl, or gives 0 with `tooFew: "zero"`.
 *
 * @param values [B][R]; what lies outside the mask, NaN included, never enters
 * @param mask [B][R] 1 on response tokens
 */
export function whiten(
  values: Rows,
  mask: Rows,
  whitening: Whitening = unbiasedWhitening,
  { shiftMean = true, tooFew = "throw" }: WhitenOptions = {},
): number[][] {
  const inside = masked(values, mask);
  if (inside.length < 2) {
    if (tooFew === "zero") return values.map((row) => row.map(() => 0));
    throw new RangeError(`whiten: ${inside.length} unmasked values have no variance. Use a larger batch.`);
  }
  const centre = mean(inside);
  const spread = whitening.variance === "unbiased" ? variance(inside) : biasedVariance(inside);
  const { epsilon, stabiliser } = whitening;
  const scale = 1 / Math.sqrt(stabiliser === "add" ? spread + epsilon : Math.max(spread, epsilon));
  const kept = shiftMean ? 0 : centre;
  return values.map((row, b) => row.map((value, t) => (mask[b]![t]! ? (value - centre) * scale + kept : 0)));
}
