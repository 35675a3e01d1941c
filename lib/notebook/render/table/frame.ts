import { inspect, types } from "node:util";

import { browsingOf } from "../../../core/browsing";
import { numberText } from "../text/quantity";
import { readSafely } from "../text/read-safely";

/** A table to show. Rows may hold any values. A column is shown as numbers when all its values are numbers. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly none?: string; // what is said where there are no rows, in place of the columns
}

/** Text of every cell, with the alignment of its column. */
export interface TableText {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly numeric: readonly boolean[]; // per column: aligned right
  readonly more: number; // rows left out at the end
}

/**
 * A danfo frame or series as a table, undefined for anything else. Recognised by its members, so that neither
 * danfo nor its version matters. An index appears as the first column only when it differs from 0, 1, 2, ….
 */
export function tableOf(value: unknown): Table | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const [columns, $columns, values, index] = ["columns", "$columns", "values", "index"].map((name) =>
    readSafely(value, name),
  );
  const names = Array.isArray(columns) ? columns : $columns;
  if (!Array.isArray(names) || !Array.isArray(values)) return undefined;
  if (!names.every((name) => typeof name === "string" || typeof name === "number")) return undefined;
  // Rows of another length: this is no frame.
  if (!values.every((row) => (Array.isArray(row) ? row.length === names.length : names.length === 1))) return undefined;

  const rows = values.map((row): unknown[] => (Array.isArray(row) ? row : [row]));
  const { none } = browsingOf(value);
  if (rows.length === 0 && none !== undefined) return { columns: names.map(String), rows, none };
  const named = Array.isArray(index) && index.some((label, i) => label !== i);
  if (!named) return { columns: names.map(String), rows };
  return { columns: ["", ...names.map(String)], rows: rows.map((row, i) => [index[i], ...row]) };
}

/**
 * An array of flat records (rows of plain values) as a table. Undefined for any other value, and for an array with its
 * own printed form.
 */
export function recordsTable(value: unknown): Table | undefined {
  if (
    types.isProxy(value) ||
    !Array.isArray(value) ||
    value.length === 0 ||
    inspect.custom in value ||
    !value.every(isFlat)
  )
    return undefined;
  const columns = [...new Set(value.flatMap((row) => Object.keys(row)))];
  return columns.length === 0 || columns.length > mostColumns
    ? undefined
    : { columns, rows: value.map((row) => columns.map((name) => row[name])) };
}

const mostColumns = 200; // of a table that a person reads

function isFlat(row: unknown): row is Readonly<Record<string, unknown>> {
  if (
    types.isProxy(row) ||
    typeof row !== "object" ||
    row === null ||
    ![Object.prototype, null].includes(Object.getPrototypeOf(row) as object | null)
  )
    return false;
  const fields = Object.values(Object.getOwnPropertyDescriptors(row));
  if (fields.some(({ get, enumerable }) => get !== undefined && enumerable)) return false; // reading it may do anything
  return fields
    .filter(({ enumerable }) => enumerable)
    .every(
      ({ value }) => value === null || ["string", "number", "boolean", "bigint", "undefined"].includes(typeof value),
    );
}

/** The first `limit` rows of `table` as text, numbers with the same decimals all down their column. */
export function tableText({ columns, rows }: Table, limit: number): TableText {
  const kept = rows.slice(0, limit);
  const numeric = columns.map((_, j) => {
    const values = kept.map((row) => row[j]).filter((value) => value !== null && value !== undefined);
    return values.length > 0 && values.every((value) => typeof value === "number" || typeof value === "bigint");
  });
  const decimals = columns.map((_, j) => (numeric[j] ? columnDecimals(kept.map((row) => row[j])) : 0));
  const texts = kept.map((row) => columns.map((_, j) => cellText(row[j], decimals[j]!)));
  return { columns, rows: texts, numeric, more: rows.length - kept.length };
}

/**
 * The decimals at which the largest number of a column shows three significant digits. It is 0 where all are whole, and
 * 3 where the largest is 1.
 */
function columnDecimals(values: readonly unknown[]): number {
  const fractions = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  if (fractions.every(Number.isInteger)) return 0;
  const largest = fractions.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 1) return 3; // a share that reaches 1 is written like those that do not
  return Math.min(6, Math.max(0, 2 - Math.max(-1, Math.floor(Math.log10(largest)))));
}

/** A list of texts and numbers reads better without its brackets. Other lists, and those of no value, keep them. */
const isPlainList = (value: unknown): value is readonly (string | number)[] =>
  !types.isProxy(value) &&
  Array.isArray(value) &&
  Object.getPrototypeOf(value) === Array.prototype &&
  value.length > 0 &&
  Object.values(Object.getOwnPropertyDescriptors(value)).every(({ value }) =>
    ["string", "number"].includes(typeof value),
  );

function cellText(value: unknown, decimals: number): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  if (isPlainList(value)) return value.join(", ");
  if (typeof value !== "number") return inspect(value, { depth: 1, breakLength: Infinity });
  if (!Number.isFinite(value) || decimals === 0) return numberText(value);
  const fixed = value.toFixed(decimals);
  return value !== 0 && Number(fixed) === 0 ? numberText(value) : fixed; // p = 0.00004 is not 0.000
}
