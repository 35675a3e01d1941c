import type { Shaped } from "../../core/shapes";

/** Statistics over response tokens only. Rows are [B][R]; what lies outside the mask, NaN included, never enters. */

export type Rows = readonly (readonly number[])[]; // [B][R]

/** [B, R] of rows, as sameShape compares it. */
export const shapeOf = (rows: Rows): Shaped => ({ shape: [rows.length, rows[0]?.length ?? 0] });

/** The masked values in order, as one list. */
export const masked = (values: Rows, mask: Rows): number[] =>
  values.flatMap((row, b) => row.filter((_, t) => mask[b]![t]! > 0));

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / (values.length || 1);

/** Unbiased variance: divided by n − 1. */
export function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(values.length - 1, 1);
}

/** Biased variance: divided by n. */
export function biasedVariance(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}

/** Mean, largest and smallest as verl logs them: `name/mean`, `name/max`, `name/min`. */
export const spread = (name: string, values: readonly number[]): Record<string, number> => ({
  [`${name}/mean`]: mean(values),
  [`${name}/max`]: values.reduce((a, b) => Math.max(a, b), -Infinity),
  [`${name}/min`]: values.reduce((a, b) => Math.min(a, b), Infinity),
});
