import type { SqlValue } from "../../core/roles";

type Parse = (text: string) => SqlValue;

const integer: Parse = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text));
const decimal: Parse = (text) => (/^-?\d+$/.test(text) ? integer(text) : Number(text));
const bytes: Parse = (text) => Buffer.from(text.slice(2), "hex"); // "\x00ff"
const truth: Parse = (text) => (text === "t" ? 1 : 0); // as Python's True equals 1

/** Object identifiers of types (pg_type.oid), and how their text is read. */
const parsers: Readonly<Record<number, Parse>> = {
  16: truth,
  17: bytes,
  20: integer,
  21: integer,
  23: integer,
  26: integer,
  700: Number,
  701: Number,
  1700: decimal,
};

/**
 * Values as SQLite has them, so that results compare alike: numbers of every kind are numbers (bigints past 2^53; a
 * numeric of more than 15 digits is rounded), truth is 1 or 0, bytea is bytes, and the rest is the text that PostgreSQL
 * writes.
 */
export const postgresTypes = { getTypeParser: (type: number): Parse => parsers[type] ?? ((text) => text) };
