import type { SqlRows } from "../core/roles";
import { rowKey } from "./execution";

/**
 * Whether two result sets are equal as Spider's official script has it (Zhong et al. 2020, "Semantic Evaluation for
 * Text-to-SQL with Distilled Test Suites", `result_eq` of taoyds/test-suite-sql-eval): some permutation of the columns
 * of `predicted` gives the rows of `gold`, repeats counted, in their order if `gold` is ordered. Two empty results are
 * equal.
 *
 * Unlike `sameRows`, the order of columns does not matter, and repeats do.
 *
 * @param ordered whether the gold query asks for an order: see `isOrdered`
 */
export function sameDenotation(predicted: SqlRows, gold: SqlRows, { ordered }: { readonly ordered: boolean }): boolean {
  if (predicted.length === 0 && gold.length === 0) return true;
  const width = gold[0]?.length;
  if (predicted.length !== gold.length || predicted[0]!.length !== width || width === undefined) return false;
  const wanted = transposed(gold, width);
  const found = transposed(predicted, width);
  if (!sameKeys(wanted.map(bag), found.map(bag), false)) return false; // no pairing of columns can help
  return permutes(
    0,
    wanted,
    found,
    new Set(),
    ordered,
    gold.map(() => ""),
    gold.map(() => ""),
  );
}

/** The official script's rule for whether order matters: the gold query contains ORDER BY, in any place. */
export const isOrdered = (gold: string): boolean => gold.toLowerCase().includes("order by");

/**
 * Whether columns i, i+1, … of the gold result have counterparts among the unused columns of the prediction. `goldRows`
 * and `rows` are the rows of the columns paired so far, as keys: a pair is given up as soon as they differ.
 */
function permutes(
  i: number,
  wanted: readonly string[][],
  found: readonly string[][],
  used: ReadonlySet<number>,
  ordered: boolean,
  goldRows: readonly string[],
  rows: readonly string[],
): boolean {
  if (i === wanted.length) return true;
  const goldNext = goldRows.map((key, row) => key + wanted[i]![row]!);
  for (const [column, values] of found.entries()) {
    const twin = found.findIndex((others, j) => !used.has(j) && others.every((key, row) => key === values[row]));
    if (used.has(column) || twin < column) continue; // equal columns are tried once
    const next = rows.map((key, row) => key + values[row]!);
    if (
      sameKeys(goldNext, next, ordered) &&
      permutes(i + 1, wanted, found, new Set([...used, column]), ordered, goldNext, next)
    )
      return true;
  }
  return false;
}

function sameKeys(a: readonly string[], b: readonly string[], ordered: boolean): boolean {
  if (ordered) return a.every((key, i) => key === b[i]);
  const [first, second] = [[...a].sort(), [...b].sort()];
  return first.every((key, i) => key === second[i]);
}

/** A column without its order. */
const bag = (column: readonly string[]): string => [...column].sort().join("");

/** [columns][rows] a key for each value. */
const transposed = (rows: SqlRows, width: number): string[][] =>
  Array.from({ length: width }, (_, column) => rows.map((row) => rowKey([row[column]!])));
