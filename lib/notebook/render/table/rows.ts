import { tableOf } from "./frame";

/** What is plotted: records, or a danfo frame. */
export type RecordsOrFrame = readonly object[] | { readonly columns: readonly string[]; readonly values: unknown };

/** `rows` as records. */
export function records(rows: RecordsOrFrame): readonly Readonly<Record<string, unknown>>[] {
  const table = tableOf(rows);
  if (!table) return rows as readonly Readonly<Record<string, unknown>>[];
  return table.rows.map((row) => Object.fromEntries(table.columns.map((name, j) => [name, row[j]])));
}

/** Throws unless every one of `columns` occurs in some record: a misspelt column would be an empty plot. */
export function requireColumns(where: string, rows: readonly object[], columns: readonly string[]): void {
  if (rows.length === 0)
    throw new RangeError(`${where}: there are 0 rows, so nothing to draw. Plot after the first step.`);
  const known = new Set(rows.flatMap((row) => Object.keys(row)));
  const missing = columns.find((name) => !known.has(name));
  if (missing !== undefined)
    throw new TypeError(`${where}: no row has a column "${missing}". Columns: ${[...known].join(", ")}.`);
}
