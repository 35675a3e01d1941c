import type { Result } from "../result";
import { bySystem, means, measured, metricNames } from "../statistics/summarise";

type CurveRow = Readonly<Record<string, number | string | null>>;

/**
 * A measure as a function of its cut-off, with a row for each cut-off and a column for each system:
 * `plot.lines(cutoffCurve(results, "Hits"), "k", systems)`. The results must have been measured at
 * each cut-off: Hits@1, Hits@5, Hits@20. Failures are left out.
 *
 * Throws RangeError where nothing was measured as `measure`@k.
 */
export function cutoffCurve(results: readonly Result[], measure: string): readonly CurveRow[] {
  const cutoffs = metricNames(results)
    .flatMap((name) => (name.startsWith(`${measure}@`) ? [Number(name.slice(measure.length + 1))] : []))
    .sort((a, b) => a - b);
  if (cutoffs.length === 0)
    throw new RangeError(
      `cutoffCurve: nothing was measured as ${measure}@k; there are ${metricNames(results).join(", ")}. Evaluate ` +
        "with the metrics of several cut-offs.",
    );
  return cutoffs.map((k) => ({ k, ...means(results, `${measure}@${k}`) }));
}

/**
 * The differences of two systems, question by question, largest first: rank (from 1), qid, question, difference.
 *
 * Throws RangeError where no system has a name, and where there is no question that both answered.
 */
export function differences(
  results: readonly Result[],
  system: string,
  baseline: string,
  metric = metricNames(results)[0]!,
): readonly { readonly rank: number; readonly qid: string; readonly question: string; readonly difference: number }[] {
  const systems = bySystem(results);
  const missing = [system, baseline].find((name) => !systems.has(name));
  if (missing !== undefined)
    throw new RangeError(
      `differences: no system is called "${missing}". There are: ${[...systems.keys()].join(", ")}.`,
    );
  const base = new Map(systems.get(baseline)!.map((result) => [result.qid, result]));
  const rows = systems
    .get(system)!
    .flatMap((result) => {
      const other = base.get(result.qid);
      if (other === undefined || other.failure || result.failure) return [];
      return [
        {
          qid: result.qid,
          question: result.question ?? "",
          difference: measured(result, metric) - measured(other, metric),
        },
      ];
    })
    .sort((a, b) => b.difference - a.difference)
    .map((row, i) => ({ rank: i + 1, ...row }));
  if (rows.length === 0)
    throw new RangeError(
      `differences: there is no question that both ${system} and ${baseline} answered. failures(results) says why ` +
        "those that failed did.",
    );
  return rows;
}

/**
 * The mean of one column within ranges of another column, for example recall by the number of words of the query. There
 * is a row for each range and a column for each system. The ranges hold about equally many rows: `from` is the lower
 * end of a range, and `rows` the number of its rows. A system without a row in a range has null there.
 *
 * Throws TypeError for a column that no row has, and RangeError for `bins` that is no whole number from 1.
 */
export function binned(
  rows: readonly Readonly<Record<string, unknown>>[],
  by: string,
  value: string,
  { bins = 5 }: { readonly bins?: number } = {},
): readonly CurveRow[] {
  if (!(Number.isInteger(bins) && bins > 0))
    throw new RangeError(`binned: bins is ${bins}; it must be a whole number, 1 or more. 5 is usual.`);
  const known = new Set(rows.flatMap((row) => Object.keys(row)));
  const missing = ["system", by, value].find((name) => !known.has(name));
  if (missing !== undefined)
    throw new TypeError(`binned: no row has a column "${missing}". Columns: ${[...known].join(", ") || "none"}.`);
  const sorted = rows.map((row) => Number(row[by])).sort((a, b) => a - b);
  const starts = [...new Set(Array.from({ length: bins }, (_, i) => sorted[Math.floor((i * sorted.length) / bins)]!))];
  const systems = [...new Set(rows.map(({ system }) => String(system)))];
  return starts.map((from, i) => {
    const within = rows.filter((row) => Number(row[by]) >= from && !(Number(row[by]) >= (starts[i + 1] ?? Infinity)));
    const mean = (system: string): number | null => {
      const values = within.filter((row) => row["system"] === system).map((row) => Number(row[value]));
      return values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0) / values.length;
    };
    return { from, rows: within.length, ...Object.fromEntries(systems.map((system) => [system, mean(system)])) };
  });
}

/**
 * Recall against the effort of reading: a row for each system with its mean precision, its mean recall and the mean
 * number of documents that its queries retrieve. Precision and recall are fractions in [0, 1]. The precision of a query
 * that retrieves nothing is 0. Failures are left out.
 */
export const tradeOff = (
  results: readonly Result[],
): readonly {
  readonly system: string;
  readonly retrieved: number;
  readonly precision: number;
  readonly recall: number;
}[] =>
  [...bySystem(results.filter(({ found }) => found !== undefined))].map(([system, own]) => {
    const mean = (of: (found: NonNullable<Result["found"]>) => number) =>
      own.reduce((sum, { found }) => sum + of(found!), 0) / own.length;
    return {
      system,
      retrieved: mean(({ hits }) => hits),
      precision: mean(({ hits, relevant }) => (hits > 0 ? relevant / hits : 0)),
      recall: mean(({ judged, relevant }) => (judged > 0 ? relevant / judged : 0)),
    };
  });
