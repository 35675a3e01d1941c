import { browsingOf } from "../../../core/browsing";
import { tableText } from "../table/frame";
import { records, requireColumns, type RecordsOrFrame } from "../table/rows";
import { browserView } from "./browser-look";
import type { BrowserOptions } from "./options";

/** A column as the page has it: its texts and, where all its values are numbers, the numbers. */
export interface BrowserColumn {
  readonly name: string;
  readonly texts: readonly string[]; // one a row, "–" where the row has no value
  readonly numbers?: readonly (number | null)[]; // null where the row has no finite number; of a list, its length
  readonly list?: true; // one value a line: the table shows their number
  readonly long?: true; // the table shows one line of it
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

type Row = Readonly<Record<string, unknown>>;

/** The data of a browser. Throws a TypeError for a column that no row has, or one of `step` that is no number. */
export function browserData(rows: RecordsOrFrame, options: BrowserOptions, limits = browserLimits): BrowserData {
  const given = records(rows);
  const { text, step, sort, filter, lists, columns: wanted }: BrowserOptions = { ...browsingOf(rows), ...options };
  const groups = text?.map((name) => (typeof name === "string" ? [name] : name));
  const named = [...(groups ?? []).flat(), ...(filter ?? []), ...(lists ?? []), ...(wanted ?? [])].concat(
    [step, sort].filter(isName),
  );
  if (given.length > 0) requireColumns("browser", given, named);

  const apart = new Set([...(groups ?? []).flat(), ...(step === undefined ? [] : [step])]);
  const inTable = wanted ?? [...new Set(given.flatMap((row) => Object.keys(row)))].filter((name) => !apart.has(name));
  const names = [...new Set([...inTable, ...named])];
  const kept = given.slice(0, rowsWithin(given, names, limits));
  const columns = columnsOf(kept, names, { lists, opened: new Set((groups ?? []).flat()) });
  const at = (name: string): number => names.indexOf(name);
  if (step !== undefined && given.length > 0 && columns[at(step)]!.numbers === undefined)
    throw new TypeError(`browser: the column "${step}" is to have a slider, but its values are no numbers.`);

  const opening = inTable.map(at).filter((j) => columns[j]!.long || columns[j]!.list);
  const cut = opening.filter((j) => columns[j]!.long).slice(browserView.longColumns);
  const shown = inTable.map(at).filter((j) => groups !== undefined || wanted !== undefined || !cut.includes(j));
  return {
    title: options.title ?? "",
    columns,
    shown,
    texts: groups?.map((group) => group.map(at)) ?? (opening.length > 0 ? [opening] : []),
    filters: filter?.map(at) ?? shown.filter((j) => isCategory(columns[j]!, kept.length)),
    sort: sort === undefined ? -1 : at(sort),
    descending: options.descending ?? false,
    step: step === undefined ? -1 : at(step),
    left: given.length - kept.length,
  };
}

const isName = (name: string | undefined): name is string => name !== undefined;

/**
 * The columns with their texts. `lists` names those that are lists; the default is those that hold arrays. A text that
 * an opened row shows whole is long where the cell of a short text would cut it.
 */
function columnsOf(
  rows: readonly Row[],
  names: readonly string[],
  { lists, opened }: { readonly lists?: readonly string[] | undefined; readonly opened: ReadonlySet<string> },
): BrowserColumn[] {
  const { rows: cells, numeric } = tableText(
    { columns: names, rows: rows.map((row) => names.map((name) => plainValue(row[name]))) },
    rows.length,
  );
  return names.map((name, j): BrowserColumn => {
    const texts = cells.map((row) => row[j]!);
    const values = rows.map((row) => row[name]);
    if (lists?.includes(name) ?? values.some(isList))
      return { name, texts, numbers: values.map(listLength), list: true };
    if (numeric[j]) return { name, texts, numbers: values.map(finite) };
    const most = opened.has(name) ? browserView.cellText : browserView.shortText;
    return texts.some((text) => text.length > most || text.includes("\n"))
      ? { name, texts, long: true }
      : { name, texts };
  });
}

/** Whether a menu of its values helps: a few short texts that come again. */
function isCategory({ texts, numbers, long }: BrowserColumn, rows: number): boolean {
  const values = new Set(texts).size;
  return !numbers && !long && values >= 2 && values <= 8 && values <= rows / 2;
}

const finite = (value: unknown): number | null =>
  value !== null && value !== undefined && Number.isFinite(Number(value)) ? Number(value) : null;

/** A list of plain values. */
const isList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);

/** The number of values in a list, or of lines in a text. Null where there is no value. */
function listLength(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  return Array.isArray(value) ? value.length : String(value) === "" ? 0 : String(value).split("\n").length;
}

/** A list of plain values is one value a line: ids of documents, warnings. */
const plainValue = (value: unknown): unknown =>
  isList(value) ? (value.length === 0 ? null : value.join("\n")) : value;

/** How many of the first rows fit; at least one. */
function rowsWithin(
  rows: readonly Row[],
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
