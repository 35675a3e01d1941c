import { CorruptData } from "../../core/errors";
import type { TableRow } from "../files/jsonl";

/**
 * Reads the columns of one row, or says which one is missing or of the wrong kind. A number is read as text, and so are
 * dates and timestamps of parquet: "2020/05/06", their day in UTC.
 */
export interface Columns {
  has(name: string): boolean;
  text(name: string): string;
  /** A list of texts; a single text is a list of one, as SciFact has it. */
  texts(name: string): readonly string[];
  /** Whole numbers; a single one is a list of one. */
  integers(name: string): readonly number[];
  fault(why: string, fix: string): CorruptData;
}

export function columnsOf(file: string, { line, value }: TableRow): Columns {
  const fault = (why: string, fix: string): CorruptData => new CorruptData(`${file}:${line}`, why, fix);
  const has = (name: string): boolean => value[name] !== undefined && value[name] !== null;
  const cell = (name: string): unknown => {
    if (has(name)) return value[name];
    throw fault(
      `the row has no "${name}"; its columns are ${Object.keys(value).join(", ") || "none"}`,
      `Add the column "${name}"`,
    );
  };
  const wrong = (name: string, kind: string): CorruptData =>
    fault(`"${name}" is ${shown(value[name])}, not ${kind}`, `Store ${kind} in "${name}"`);
  const asText = (each: unknown): string | undefined =>
    typeof each === "string"
      ? each
      : typeof each === "number" || typeof each === "bigint"
        ? String(each)
        : each instanceof Date && !Number.isNaN(each.getTime())
          ? dayOf(each)
          : undefined;
  const list = (name: string): readonly unknown[] => {
    const held = cell(name);
    return Array.isArray(held) ? held : [held];
  };
  return {
    has,
    fault,
    text(name) {
      const text = asText(cell(name));
      if (text === undefined) throw wrong(name, "text");
      return text;
    },
    texts(name) {
      const texts = list(name).map(asText);
      if (texts.includes(undefined)) throw wrong(name, "a list of texts");
      return texts as string[];
    },
    integers(name) {
      const numbers = list(name);
      if (!numbers.every(Number.isInteger)) throw wrong(name, "a list of whole numbers");
      return numbers as number[];
    },
  };
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10).replaceAll("-", "/");

const shown = (value: unknown): string =>
  (
    JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each)) ?? String(value)
  ).slice(0, 60);
