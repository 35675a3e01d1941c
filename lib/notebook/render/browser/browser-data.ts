import { tableText } from "../table/frame";
import { records, requireColumns, type RecordsOrFrame } from "../table/rows";
import type { BrowserOptions } from "./options";

/** A column as the page has it: its texts and, where all its values are numbers, the numbers. */
export interface BrowserColumn {
  readonly name: string;
  readonly texts: readonly string[]; // one a row, "–" where the row has no value
  readonly numbers?: readonly (number | null)[]; // null where the row has no finite number
}

/** What the page of a browser is drawn from. */
export interface BrowserData {
  readonly title: string;
  readonly columns: readonly BrowserColumn[];
  readonly shown: readonly number[]; // columns of the table
  readonly texts: readonly (readonly number[])[]; // columns of an opened row; those of one array stand side by side
  readonly filters: readonly number[];
  readonly sort: number; // a column, -1 for the order of the rows
  readonly descending: boolean;
  readonly step: number; // a column, -1 for none
  readonly left: number; // rows that were left out because a notebook has to stay small
}

/** The most data that a browser holds: a notebook has to stay small enough to open and to share. */
const browserLimits = { rows: 10_000, characters: 4_000_000 };

/** The data of a browser. Throws a TypeError for a column that no row has, or one of `step` that is no number. */
export function browserData(rows: RecordsOrFrame, options: BrowserOptions, limits = browserLimits): BrowserData {
  const given = records(rows);
  const groups = (options.text ?? []).map((name) => (typeof name === "string" ? [name] : name));
  const { step, sort, filter = [] } = options;
  const named = [...groups.flat(), ...filter, ...(options.columns ?? []), ...[step, sort].filter(isName)];
  if (given.length > 0) requireColumns("browser", given, named);

  const apart = new Set([...groups.flat(), ...(step === undefined ? [] : [step])]);
  const shown =
    options.columns ?? [...new Set(given.flatMap((row) => Object.keys(row)))].filter((name) => !apart.has(name));
  const names = [...new Set([...shown, ...named])];
  const kept = given.slice(0, rowsWithin(given, names, limits));
  const { rows: cells, numeric } = tableText(
    { columns: names, rows: kept.map((row) => names.map((name) => plainValue(row[name]))) },
    kept.length,
  );
  const columns = names.map((name, j): BrowserColumn => {
    const texts = cells.map((row) => row[j]!);
    return numeric[j] ? { name, texts, numbers: kept.map((row) => finite(row[name])) } : { name, texts };
  });
  if (step !== undefined && given.length > 0 && columns[names.indexOf(step)]!.numbers === undefined)
    throw new TypeError(`browser: the column "${step}" is to have a slider, but its values are no numbers.`);

  const at = (name: string): number => names.indexOf(name);
  return {
    title: options.title ?? "",
    columns,
    shown: shown.map(at),
    texts: groups.map((group) => group.map(at)),
    filters: filter.map(at),
    sort: sort === undefined ? -1 : at(sort),
    descending: options.descending ?? false,
    step: step === undefined ? -1 : at(step),
    left: given.length - kept.length,
  };
}

const isName = (name: string | undefined): name is string => name !== undefined;

const finite = (value: unknown): number | null =>
  value !== null && value !== undefined && Number.isFinite(Number(value)) ? Number(value) : null;

/** A list of plain values is one value a line: ids of documents, warnings. */
const plainValue = (value: unknown): unknown =>
  Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null)
    ? value.length === 0
      ? null
      : value.join("\n")
    : value;

/** How many of the first rows fit; at least one. */
function rowsWithin(
  rows: readonly Readonly<Record<string, unknown>>[],
  names: readonly string[],
  { rows: most, characters }: typeof browserLimits,
): number {
  let size = 0;
  const end = rows.findIndex((row) => {
    size += names.reduce((sum, name) => sum + String(plainValue(row[name]) ?? "").length + 3, 0);
    return size > characters;
  });
  return Math.min(most, end < 0 ? rows.length : Math.max(end, 1));
}
