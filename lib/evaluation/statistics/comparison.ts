import type { Result } from "../evaluate";
import { pairedDifference } from "./sign-flips";
import type { PairedDifference, ResamplingOptions } from "./significance";
import { bySystem, measured, metricNames } from "./summarise";

/** One system against the baseline by one metric, over the queries that both answered. */
export interface Comparison extends PairedDifference {
  readonly system: string;
  readonly baseline: string;
  readonly metric: string;
  readonly queries: number;
  readonly wins: number; // queries on which the system measured higher than the baseline
  readonly ties: number;
  readonly losses: number;
}

/** Every other system against `baseline`, by every metric. */
export function comparisons(
  results: readonly Result[],
  baseline: string,
  options: ResamplingOptions = {},
): readonly Comparison[] {
  const systems = bySystem(results);
  const base = systems.get(baseline);
  if (base === undefined)
    throw new RangeError(
      `compare: no system is called "${baseline}". There are: ${[...systems.keys()].join(", ") || "none"}.`,
    );
  const baseOf = new Map(base.map((result) => [result.qid, result]));
  return [...systems].flatMap(([system, own]) => {
    if (system === baseline) return [];
    const pairs = own.flatMap((result) => (baseOf.has(result.qid) ? [[result, baseOf.get(result.qid)!] as const] : []));
    if (pairs.length === 0)
      throw new RangeError(
        `compare: ${system} and ${baseline} have no query in common. Evaluate both on the same task.`,
      );
    return metricNames(results).map((metric) => {
      const a = pairs.map(([result]) => measured(result, metric));
      const b = pairs.map(([, result]) => measured(result, metric));
      const wins = a.filter((value, i) => value > b[i]!).length;
      const losses = a.filter((value, i) => value < b[i]!).length;
      const record = { wins, ties: pairs.length - wins - losses, losses };
      return { system, baseline, metric, queries: pairs.length, ...pairedDifference(a, b, options), ...record };
    });
  });
}
