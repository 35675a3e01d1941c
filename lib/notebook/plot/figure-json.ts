import type { Figure } from "./figure";
import { reasonOf } from "../render/text/inspect-value";

const most = { values: 5e6, characters: 50e6 }; // a notebook with more can hardly be opened

/** A figure as JSON can carry it. */
export interface PlainFigure extends Figure {
  readonly json: string;
}

/**
 * A copy of `figure` that is plain JSON: typed arrays are arrays, dates are text, sets are lists, big integers are
 * numbers, and what JSON cannot express (NaN, functions) is null or left out. Throws where something refers to
 * itself, cannot be read, or is too large, and says where.
 */
export function plainFigure({ data, layout }: Figure): PlainFigure {
  const open = new Set<object>(); // the path from the figure to the present value
  let values = 0;
  const plain = (value: unknown, at: string): unknown => {
    if (typeof value === "bigint") return Number(value);
    if (typeof value === "number") return Number.isFinite(value) ? value : null;
    if (typeof value !== "object" || value === null)
      return typeof value === "function" || typeof value === "symbol" ? undefined : value;
    if (value instanceof String || value instanceof Number || value instanceof Boolean) return value.valueOf();
    if (Object.prototype.toString.call(value) === "[object Date]")
      return Number.isNaN(Number(value)) ? null : (value as Date).toISOString();
    const length = (value as { length?: unknown }).length;
    if (typeof length === "number") values += length;
    if (values > most.values)
      throw new RangeError(
        `${at} and what comes before it hold more than ${most.values / 1e6} million values, more than a notebook ` +
          "can take. Plot a sample, or sums",
      );
    if (ArrayBuffer.isView(value) && !(value instanceof DataView))
      return Array.from(value as unknown as ArrayLike<number | bigint>, (number) => plain(number, at));
    if (open.has(value)) throw new TypeError(`${at} refers to itself`);
    if (open.size > 200) throw new RangeError(`${at} is nested more than 200 deep`);
    open.add(value);
    try {
      if (value instanceof Set) return [...value].map((item, i) => plain(item, `${at}[${i}]`) ?? null);
      if (Array.isArray(value)) return value.map((item, i) => plain(item, `${at}[${i}]`) ?? null);
      return Object.fromEntries(
        Object.keys(value).map((name) => [name, plain(read(value, name, at), `${at}.${name}`)]),
      );
    } finally {
      open.delete(value);
    }
  };
  const copy = { data: plain(data, "data") as object[], layout: plain(layout, "layout") as object };
  const json = JSON.stringify(copy);
  if (json.length > most.characters)
    throw new RangeError(
      `its data are ${Math.round(json.length / 1e6)} MB of text, more than a notebook can take. Plot a sample, or sums`,
    );
  return { ...copy, json };
}

function read(record: object, name: string, at: string): unknown {
  try {
    return (record as Record<string, unknown>)[name];
  } catch (error) {
    throw new TypeError(`${at}.${name} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}
