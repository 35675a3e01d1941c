import type { Result } from "../result";
import { holm } from "./holm";
import { checkOptions } from "../../core/settings";
import { having, list, oneOf, whole, type Range } from "../../core/ranges";
import { expectSameQueries, paired, type Asked } from "./pairing";
import { pairedDifference } from "./sign-flips";
import { pairedBootstrap, type PairedDifference, type ResamplingOptions } from "./significance";
import { bySystem, chosenMetrics, measured } from "./summarise";

/** How to compare. */
export interface CompareOptions extends ResamplingOptions {
  /**
   * "same" refuses systems that were asked different questions, "common" compares over the questions that both were
   * asked
   */
  readonly queries?: "same" | "common";
  /** which metrics, by name; the default is all */
  readonly metrics?: readonly string[];
  /**
   * of the difference: all differences that the randomisation test does not reject, or the percentiles of a paired
   * bootstrap
   */
  readonly interval?: "randomisation" | "bootstrap";
}

const optionRanges: Readonly<Record<keyof CompareOptions, Range>> = {
  queries: oneOf("same", "common"),
  metrics: list,
  interval: oneOf("randomisation", "bootstrap"),
  resamples: whole(1),
  rng: having("a random stream, such as random(1)", "next", "below"),
};

/**
 * One system against the baseline by one metric, over the queries that both answered. Where there is none, because one
 * of the two failed on every question, difference, low, high and p are NaN: nothing is known.
 */
export interface Comparison extends PairedDifference {
  readonly system: string;
  readonly baseline: string;
  readonly metric: string;
  readonly queries: number; // pairs: questions that both answered
  readonly wins: number; // queries on which the system measured higher than the baseline
  readonly ties: number;
  readonly losses: number;
  readonly pHolm: number; // p, adjusted for all systems that are compared by this metric (Holm 1979)
  readonly failed: number; // questions left out, because one of the two failed
  readonly differenceWithZeros: number; // mean difference over all questions, a failed one measuring 0
}

/**
 * Every other system against `baseline`, by every metric. Throws RangeError where no system has this name, where two
 * systems have no query in common, and with `queries: "same"` where they were asked different questions, which it
 * names.
 */
export function comparisons(
  results: readonly Result[],
  baseline: string,
  options: CompareOptions = {},
): readonly Comparison[] {
  checkOptions("compare", options, optionRanges);
  const { queries = "common", interval = "randomisation", metrics, ...resampling } = options;
  const systems = bySystem(results);
  const base = systems.get(baseline);
  if (base === undefined)
    throw new RangeError(
      `compare: no system is called "${baseline}". There are: ${[...systems.keys()].join(", ") || "none"}.`,
    );
  const others = [...systems.keys()].filter((system) => system !== baseline);
  const how: Pairing = { interval, resampling };
  const rows = others.flatMap((system) => {
    const pair = [
      { system, results: systems.get(system)! },
      { system: baseline, results: base },
    ] as const;
    if (queries === "same") expectSameQueries(...pair);
    return chosenMetrics(results, metrics).map((metric) => compared(...pair, metric, how));
  });
  return rows.map((row) => {
    const family = rows.filter(({ metric, p }) => metric === row.metric && !Number.isNaN(p));
    return { ...row, pHolm: Number.isNaN(row.p) ? NaN : holm(family.map(({ p }) => p))[family.indexOf(row)]! };
  });
}

interface Pairing {
  readonly interval: "randomisation" | "bootstrap";
  readonly resampling: ResamplingOptions;
}

function compared(
  own: Asked,
  base: Asked,
  metric: string,
  { interval, resampling }: Pairing,
): Omit<Comparison, "pHolm"> {
  const [{ system }, { system: baseline }] = [own, base];
  const common = paired(own, base);
  if (common.length === 0)
    throw new RangeError(`compare: ${system} and ${baseline} have no query in common. Evaluate both on the same task.`);
  const pairs = common.filter(([a, b]) => a.failure === undefined && b.failure === undefined);
  const a = pairs.map(([result]) => measured(result, metric));
  const b = pairs.map(([, result]) => measured(result, metric));
  const wins = a.filter((value, i) => value > b[i]!).length;
  const losses = a.filter((value, i) => value < b[i]!).length;
  const randomisation = pairs.length === 0 ? unknown : pairedDifference(a, b, resampling);
  const ends = interval === "bootstrap" && pairs.length > 0 ? pairedBootstrap(a, b, resampling) : randomisation;
  const zeroed = (result: Result) => (result.failure === undefined ? measured(result, metric) : 0);
  const withZeros = common.reduce((sum, [one, other]) => sum + zeroed(one) - zeroed(other), 0) / common.length;
  return {
    system,
    baseline,
    metric,
    queries: pairs.length,
    ...randomisation,
    low: ends.low,
    high: ends.high,
    wins,
    ties: pairs.length - wins - losses,
    losses,
    failed: common.length - pairs.length,
    differenceWithZeros: withZeros,
  };
}

const unknown: PairedDifference = { difference: NaN, low: NaN, high: NaN, p: NaN };
