import type { Result } from "../result";
import { holm } from "./holm";
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

/** One system against the baseline by one metric, over the queries that both answered. */
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
  { queries = "common", interval = "randomisation", metrics, ...resampling }: CompareOptions = {},
): readonly Comparison[] {
  const systems = bySystem(results);
  const base = systems.get(baseline);
  if (base === undefined)
    throw new RangeError(
      `compare: no system is called "${baseline}". There are: ${[...systems.keys()].join(", ") || "none"}.`,
    );
  const others = [...systems.keys()].filter((system) => system !== baseline);
  if (queries === "same") for (const system of others) expectSameQueries(system, systems.get(system)!, baseline, base);
  const how: Pairing = { interval, resampling };
  const rows = others.flatMap((system) =>
    chosenMetrics(results, metrics).map((metric) =>
      compared(system, systems.get(system)!, baseline, base, metric, how),
    ),
  );
  return rows.map((row) => {
    const family = rows.filter(({ metric }) => metric === row.metric);
    return { ...row, pHolm: holm(family.map(({ p }) => p))[family.indexOf(row)]! };
  });
}

interface Pairing {
  readonly interval: "randomisation" | "bootstrap";
  readonly resampling: ResamplingOptions;
}

function compared(
  system: string,
  own: readonly Result[],
  baseline: string,
  base: readonly Result[],
  metric: string,
  { interval, resampling }: Pairing,
): Omit<Comparison, "pHolm"> {
  const baseOf = new Map(base.map((result) => [result.qid, result]));
  const common = own.flatMap((result) => (baseOf.has(result.qid) ? [[result, baseOf.get(result.qid)!] as const] : []));
  const pairs = common.filter(([a, b]) => a.failure === undefined && b.failure === undefined);
  if (pairs.length === 0)
    throw new RangeError(
      `compare: ${system} and ${baseline} have no query in ` +
        `common${common.length > 0 ? " that both answered" : ""}. Evaluate both on the same task.`,
    );
  const a = pairs.map(([result]) => measured(result, metric));
  const b = pairs.map(([, result]) => measured(result, metric));
  const wins = a.filter((value, i) => value > b[i]!).length;
  const losses = a.filter((value, i) => value < b[i]!).length;
  const randomisation = pairedDifference(a, b, resampling);
  const ends = interval === "bootstrap" ? pairedBootstrap(a, b, resampling) : randomisation;
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

/** Throws RangeError, naming the questions, unless both systems were asked the same ones. */
function expectSameQueries(system: string, own: readonly Result[], baseline: string, base: readonly Result[]): void {
  const [ids, baseIds] = [own, base].map((results) => new Set(results.map(({ qid }) => qid))) as [
    Set<string>,
    Set<string>,
  ];
  const onlyOwn = [...ids].filter((id) => !baseIds.has(id));
  const onlyBase = [...baseIds].filter((id) => !ids.has(id));
  if (onlyOwn.length + onlyBase.length === 0) return;
  const parts = [[system, onlyOwn] as const, [baseline, onlyBase] as const].flatMap(([name, only]) =>
    only.length > 0 ? [`${only.length} only of ${name} (${listed(only)})`] : [],
  );
  throw new RangeError(
    `compare: ${system} was asked ${ids.size} questions and ${baseline} ${baseIds.size}, of which ` +
      `${ids.size - onlyOwn.length} are the same; ${parts.join(", ")}. ` +
      'Evaluate both on the same questions, or pass { queries: "common" } to compare over those that both have.',
  );
}

const listed = (ids: readonly string[]): string =>
  ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ");
