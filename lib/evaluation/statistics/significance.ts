import { type Random, random } from "../../core/random";

/** How to resample. The same stream gives the same figures. */
export interface ResamplingOptions {
  /** How many sets of queries, or of signs, are drawn. The default is 10,000. */
  readonly resamples?: number;
  /** The default is a stream of seed 0. */
  readonly rng?: Random;
}

/** A mean and its 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** How much one system is better than another, over the queries both answered. */
export interface PairedDifference {
  readonly difference: number; // mean of a − b
  readonly low: number; // 95 % interval of the difference
  readonly high: number;
  readonly p: number; // two-sided
}

/**
 * Mean of `values` with its 95 % percentile bootstrap interval (Efron & Tibshirani 1993, §13.3), which is too narrow
 * for few values: with ten values it covers the mean in about nine of ten samples. `studentInterval` is also right for
 * few values.
 */
export function bootstrapMean(values: readonly number[], options: ResamplingOptions = {}): Interval {
  const means = resampledMeans("bootstrapMean", values, options);
  return { mean: mean(values), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/**
 * Paired bootstrap of the mean difference a − b, two-sided (Efron & Tibshirani 1993, §16.4).
 *
 *   dᵢ = aᵢ − bᵢ,   p = (1 + #{ |d̄* − d̄| ≥ |d̄| }) / (1 + resamples)
 *
 * d̄* is the mean of a resample of d; subtracting d̄ centres the resamples on 0, as the null hypothesis has it. The 1s
 * keep p above 0: ten thousand resamples cannot show less than 0.0001. The p of a single pair is 1. With few queries p
 * is too small (with five, p is below 0.05 in one of six true null hypotheses): use `pairedDifference`, as `compare`
 * does.
 *
 * @param a [N] one measure of one system, query by query
 * @param b [N] the same of the other, in the same order of queries
 */
export function pairedBootstrap(
  a: readonly number[],
  b: readonly number[],
  options: ResamplingOptions = {},
): PairedDifference {
  const differences = pairs("pairedBootstrap", a, b);
  const means = resampledMeans("pairedBootstrap", differences, options);
  const difference = mean(differences);
  const rounding = 1e-12; // equal sums added in another order
  const extreme = means.filter(
    (resampled) => Math.abs(resampled - difference) >= Math.abs(difference) - rounding,
  ).length;
  const p = differences.length < 2 ? 1 : (1 + extreme) / (1 + means.length);
  return { difference, low: quantile(means, 0.025), high: quantile(means, 0.975), p };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Means of `resamples` draws of N values with replacement, ascending. */
function resampledMeans(
  where: string,
  values: readonly number[],
  { resamples = 10_000, rng = random(0).fork("bootstrap") }: ResamplingOptions,
): Float64Array {
  expectValues(where, values, resamples);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[rng.below(values.length)]!;
    means[r] = sum / values.length;
  }
  return means.sort();
}

/** Throws RangeError unless there are values, all of them finite, and a number of resamples. */
export function expectValues(where: string, values: readonly number[], resamples = 1): void {
  if (values.length === 0) throw new RangeError(`${where}: no values. Evaluate at least one query.`);
  if (!(Number.isInteger(resamples) && resamples > 0))
    throw new RangeError(`${where}: resamples is ${resamples}; it must be a whole number, 1 or more. 10,000 is usual.`);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new RangeError(`${where}: value ${wrong} is ${values[wrong]}; every query needs a finite measure.`);
}

/** a − b, query by query. Throws RangeError unless both are as long, and finite. */
export function pairs(where: string, a: readonly number[], b: readonly number[], resamples?: number): number[] {
  if (a.length !== b.length)
    throw new RangeError(
      `${where}: a has ${a.length} values but b has ${b.length}; both must be [N], one value per query. Keep the ` +
        "queries that both systems answered.",
    );
  const differences = a.map((value, i) => value - b[i]!);
  expectValues(where, differences, resamples);
  return differences;
}

/** Quantile `q` of ascending `sorted`, between neighbours in proportion. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at % 1);
}
