import type { DataFrame } from "danfojs-node";
import { comparisons } from "../statistics/comparison";
import type { Result } from "../evaluate";
import type { ResamplingOptions } from "../statistics/significance";
import { summarise } from "../statistics/summarise";

/** Results as a frame: system, qid, query, one column per metric, then whether it was malformed and its warnings' number. */
export const perQuery = (results: readonly Result[]): DataFrame =>
  frame(
    "perQuery",
    results.map(({ system, qid, query, measures, malformed = false, warnings = [] }) => ({
      system,
      qid,
      query,
      ...measures,
      malformed,
      warnings: warnings.length,
    })),
  );

/** One row per system: queries, malformed, and for every metric its mean and 95 % interval, Student's t ("R@50 low", "R@50 high"). */
export const summary = (results: readonly Result[]): DataFrame =>
  frame(
    "summary",
    summarise(results).map(({ measures, ...row }) => ({
      ...row,
      ...Object.fromEntries(
        Object.entries(measures).flatMap(([name, { mean, low, high }]) => [
          [name, mean],
          [`${name} low`, low],
          [`${name} high`, high],
        ]),
      ),
    })),
  );

/** One row per other system and metric: its difference from `baseline`, 95 % interval, wins, ties, losses and p of the sign-flip test (sign-flips.ts). */
export const compare = (results: readonly Result[], baseline: string, options: ResamplingOptions = {}): DataFrame =>
  frame(
    "compare",
    comparisons(results, baseline, options).map(
      ({ system, metric, queries, difference, low, high, wins, ties, losses, p }) => ({
        system,
        metric,
        queries,
        difference,
        low,
        high,
        wins,
        ties,
        losses,
        p,
      }),
    ),
  );

/** Records as a danfo frame, which notebooks show as a table. */
export const table = (rows: readonly object[]): DataFrame => frame("table", rows);

/** `rows` as a danfo frame. Throws RangeError, naming `where`, for none. */
export function frame(where: string, rows: readonly object[]): DataFrame {
  if (rows.length === 0)
    throw new RangeError(
      `${where}: no rows to show.${where === "table" ? "" : ` Evaluate at least one problem${where === "compare" ? " with two systems" : ""}.`}`,
    );
  const danfo = require("danfojs-node") as typeof import("danfojs-node"); // here, not above: loading it takes a second or two
  return new danfo.DataFrame([...rows]);
}
