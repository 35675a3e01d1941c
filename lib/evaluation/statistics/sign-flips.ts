import { random, type Random } from "../../core/random";
import { studentQuantile } from "./student";
import { pairs, type Interval, type PairedDifference, type ResamplingOptions } from "./significance";

/** Up to this number of queries all sign flips are counted; for more queries, `resamples` are drawn. */
const exactUpTo = 16;
const level = 0.05; // of the test that the interval goes with

/**
 * Two-sided randomisation test of the mean difference a − b, query by query (Fisher 1935; for retrieval Smucker, Allan
 * and Carterette 2007), and the interval of all differences that it does not reject at 5 %.
 *
 *   dᵢ = aᵢ − bᵢ,   p = #{ s ∈ {−1, 1}ᴺ : |Σ sᵢdᵢ| ≥ |Σ dᵢ| } / 2ᴺ
 *
 * If neither system is better, every difference has either sign with the same probability. The test is exact for any
 * number of queries: a p below α comes with a probability of α at most. Up to 16 queries all sign flips are counted;
 * beyond, `resamples` are drawn and p = (1 + #) / (1 + resamples).
 *
 * The interval inverts the test, so it excludes 0 exactly where p is at most 0.05; its ends are means of subsets
 * (Hartigan 1969), and it covers the centre of symmetric differences with at least 95 %. With fewer than six queries
 * the test rejects nothing at 5 %. The interval is then Student's t, which assumes normal differences, extended so that
 * it contains 0.
 *
 * @param a [N] one measure of one system, query by query
 * @param b [N] the same of the other, in the same order of queries
 */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
  { resamples = 10_000, rng = random(0).fork("sign flips") }: ResamplingOptions = {},
): PairedDifference {
  const differences = pairs("pairedDifference", a, b, resamples);
  const N = differences.length;
  const exact = N <= exactUpTo;
  const total = differences.reduce((sum, d) => sum + d, 0);
  const difference = total / N;
  const rounding = 1e-12 * (1 + Math.abs(total)); // equal sums added in another order
  let extreme = 0;
  const lows: number[] = []; // of each flip: the lowest and the highest difference that it would not tell from this one
  const highs: number[] = [];
  for (const { sum, size } of exact ? allSubsets(differences) : drawnSubsets(differences, resamples, rng)) {
    if (Math.abs(total - 2 * sum) >= Math.abs(total) - rounding) extreme++;
    const means = size === 0 || size === N ? [-Infinity, Infinity] : [sum / size, (total - sum) / (N - size)];
    lows.push(Math.min(...(means as [number, number])));
    highs.push(Math.max(...(means as [number, number])));
  }
  const [added, all] = exact ? [0, lows.length] : [1, lows.length + 1];
  const p = (added + extreme) / all;
  const rank = Math.floor(level * all + 1e-9) - added; // the first that more than 5 % are beyond or at
  const low = Float64Array.from(lows).sort()[rank]!;
  const high = Float64Array.from(highs)
    .sort()
    .at(-1 - rank)!;
  if (Number.isFinite(low) && Number.isFinite(high)) return { difference, low, high, p };
  const normal = studentInterval(differences);
  const most = [...a, ...b].every((value) => value >= 0 && value <= 1) ? 1 : Infinity; // measures differ by 1 at most
  return {
    difference,
    low: Math.max(-most, Math.min(0, normal.low)),
    high: Math.min(most, Math.max(0, normal.high)),
    p,
  };
}

/** Sum and size of a set of differences whose signs are flipped. */
interface Flipped {
  readonly sum: number;
  readonly size: number;
}

/** All 2ᴺ of them. */
function* allSubsets(differences: readonly number[]): Generator<Flipped, void> {
  for (let bits = 0; bits < 2 ** differences.length; bits++) {
    let [sum, size] = [0, 0];
    for (let i = 0; i < differences.length; i++) if ((bits >> i) & 1) (sum += differences[i]!), size++;
    yield { sum, size };
  }
}

/** `count` of them, drawn evenly; 32 signs a draw. */
function* drawnSubsets(differences: readonly number[], count: number, rng: Random): Generator<Flipped, void> {
  for (let r = 0; r < count; r++) {
    let [sum, size, bits] = [0, 0, 0];
    for (let i = 0; i < differences.length; i++) {
      if (i % 32 === 0) bits = rng.below(2 ** 32);
      if (bits & 1) (sum += differences[i]!), size++;
      bits >>>= 1;
    }
    yield { sum, size };
  }
}

/**
 * Mean of `values` with Student's 95 % interval, x̄ ± t·s/√N with N − 1 degrees of freedom (Student 1908): right for
 * few values too, where they are about normal. Of values in [0, 1] the interval stays in it. A single value has itself.
 */
export function studentInterval(values: readonly number[]): Interval {
  const N = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / N;
  if (N === 1) return { mean, low: mean, high: mean };
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (N - 1));
  const reach = (studentQuantile(0.975, N - 1) * deviation) / Math.sqrt(N);
  const [least, most] = values.every((value) => value >= 0 && value <= 1) ? [0, 1] : [-Infinity, Infinity];
  return { mean, low: Math.max(least, mean - reach), high: Math.min(most, mean + reach) };
}
