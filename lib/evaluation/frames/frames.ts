import type { DataFrame } from "danfojs-node";
import { withBrowsing } from "../../core/browsing";
import type { Result } from "../result";
import { comparisons, type CompareOptions } from "../statistics/comparison";
import { metricNames, summarise, type SystemSummary } from "../statistics/summarise";
import { resultsOf, withPartner, type Results } from "./results-of";

/**
 * Results as a frame: system, qid, query, one column per metric, then whether it was malformed and its warnings'
 * number. Where there are failures their measures are null, and a column `failure` says why. Throws RangeError for no
 * results.
 */
export const perQuery = (results: readonly Result[]): DataFrame => {
  const names = results.length === 0 ? [] : metricNames(results);
  const anyFailed = results.some(({ failure }) => failure !== undefined);
  return frame(
    "perQuery",
    results.map(({ system, qid, query, measures, malformed = false, warnings = [], failure }) => ({
      system,
      qid,
      query,
      ...Object.fromEntries(names.map((name) => [name, measures[name] ?? null])),
      malformed,
      warnings: warnings.length,
      ...(anyFailed && { failure: failure ? `${failure.stage}: ${failure.message}` : "" }),
    })),
  );
};

/**
 * One row per system: queries, malformed, and for every metric its mean and 95 % interval, Student's t ("R@50 low",
 * "R@50 high"). Where a query failed, there are two means: the mean over the `answered` queries, and "R@50 (failures
 * 0)" over all `queries`.
 *
 * @param metrics which metrics, by name; the default is all
 *
 * Throws RangeError for no results, for a metric that was not measured, and for a measure that is no finite number.
 */
export const summary = (results: Results, { metrics }: { readonly metrics?: readonly string[] } = {}): DataFrame => {
  const summaries = summarise(resultsOf(results), metrics);
  const anyFailed = summaries.some(({ failed }) => failed > 0);
  return frame(
    "summary",
    summaries.map((row) => summaryRow(row, anyFailed)),
  );
};

function summaryRow(row: SystemSummary, anyFailed: boolean): object {
  const { system, queries, failed, malformed, measures, failuresAsZero } = row;
  return {
    system,
    queries,
    ...(anyFailed && { answered: queries - failed, failed }),
    malformed,
    ...Object.fromEntries(
      Object.entries(failuresAsZero).flatMap(([name, zeroed]) => [
        [name, measures[name]?.mean ?? null],
        [`${name} low`, measures[name]?.low ?? null],
        [`${name} high`, measures[name]?.high ?? null],
        ...(anyFailed ? [[`${name} (failures 0)`, zeroed.mean] as const] : []),
      ]),
    ),
  };
}

/**
 * One row per other system and metric: its difference from `baseline`, 95 % interval, wins, ties, losses and p of the
 * sign-flip test (sign-flips.ts). With several systems a column "p (Holm)" has the p-values adjusted for their number;
 * where queries failed, "failed" counts those left out, and "difference (failures 0)" counts them as 0. Of a system
 * that failed on every question nothing else is known, and the numbers of its row are null.
 *
 * @param results results of `evaluate`, or a frame of `perQuery`
 * @param baseline the name of a system among them, or the results (or frame) of another evaluation that has one system
 *
 * Throws RangeError, naming the questions, where the systems were asked different ones, unless `queries` is "common".
 */
export const compare = (results: Results, baseline: string | Results, options: CompareOptions = {}): DataFrame => {
  const { all, name } = withPartner(resultsOf(results), baseline);
  const rows = comparisons(all, name, { queries: "same", ...options });
  const several = new Set(rows.map(({ system }) => system)).size > 1;
  const anyFailed = rows.some(({ failed }) => failed > 0);
  return frame(
    "compare",
    rows.map(({ system, metric, queries, difference, low, high, wins, ties, losses, p, ...rest }) => ({
      system,
      metric,
      queries,
      difference: known(difference),
      low: known(low),
      high: known(high),
      wins,
      ties,
      losses,
      p: known(p),
      ...(several && { "p (Holm)": known(rest.pHolm) }),
      ...(anyFailed && { failed: rest.failed, "difference (failures 0)": rest.differenceWithZeros }),
    })),
  );
};

const known = (value: number): number | null => (Number.isNaN(value) ? null : value);

/**
 * What could not be measured, and why: one row for each failure, with system, qid, stage, error and message. Without a
 * failure there are no rows.
 */
export const failures = (results: readonly Result[]): DataFrame => {
  const rows = results.flatMap(({ system, qid, question = "", query, failure }) =>
    failure
      ? [{ system, qid, stage: failure.stage, error: failure.name, message: failure.message, question, query }]
      : [],
  );
  return rows.length > 0 ? frame("failures", rows) : emptyFrame(failureColumns, "no failures");
};

const failureColumns = ["system", "qid", "stage", "error", "message", "question", "query"];

/** Records as a danfo frame, which notebooks show as a table. Throws RangeError for no records. */
export const table = (rows: readonly object[]): DataFrame => frame("table", rows);

/** `rows` as a danfo frame. Throws RangeError, naming `where`, for none. */
export function frame(where: string, rows: readonly object[]): DataFrame {
  if (rows.length === 0) {
    const problems = `Evaluate at least one problem${where === "compare" ? " with two systems" : ""}.`;
    throw new RangeError(`${where}: no rows to show.${where === "table" ? "" : ` ${problems}`}`);
  }
  return new (danfo().DataFrame)([...rows]);
}

/** A frame without rows, which shows as the words of `none`. */
const emptyFrame = (columns: string[], none: string): DataFrame =>
  withBrowsing(new (danfo().DataFrame)([], { columns }), { none });

// loaded on first use, since loading danfo takes one or two seconds
const danfo = () => require("danfojs-node") as typeof import("danfojs-node");
