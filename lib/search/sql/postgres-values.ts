import type { SqlValue } from "../../core/roles";

type Parse = (text: string) => SqlValue;

const integer: Parse = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text));
const decimal: Parse = (text) => (/^-?\d+$/.test(text) ? integer(text) : Number(text));
const bytes: Parse = (text) => Buffer.from(text.slice(2), "hex"); // "\x00ff"
const truth: Parse = (text) => (text === "t" ? 1 : 0); // as Python's True equals 1

/** The types of values by object identifier (pg_type.oid), each with the parser of its text. */
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
 * The parsers for values in the form of SQLite's, so that results can be compared. Numbers of every kind become
 * numbers: a bigint may pass 2^53, and a numeric of more than 15 digits is rounded. Truth becomes 1 or 0, and bytea
 * becomes bytes. Every other value is the text that PostgreSQL writes.
 */
export const postgresTypes = { getTypeParser: (type: number): Parse => parsers[type] ?? ((text) => text) };
