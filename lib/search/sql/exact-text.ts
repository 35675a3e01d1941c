import type { DatabaseSyncInstance } from "@photostructure/sqlite";
import type { SqlValue } from "../../core/roles";

/** The encoding in which a database stores its texts: `PRAGMA encoding`. */
export type TextEncoding = "UTF-8" | "UTF-16le" | "UTF-16be";

/**
 * Puts the texts of `columns` into `rows` as they are stored. The binding writes U+FFFD for every byte that is no
 * UTF-8, so that two different texts could be equal. The statement therefore runs once more and gives these texts as
 * bytes. `rows` do not change if it cannot run inside another statement (EXPLAIN, PRAGMA) or gives other rows the
 * second time (random()).
 *
 * A byte that is no UTF-8 becomes half a surrogate pair, U+DC80 to U+DCFF, like Python's "surrogateescape" (PEP 383).
 * No other text has one, so different bytes give different texts.
 */
export function exactRows(
  database: DatabaseSyncInstance,
  statement: string,
  rows: SqlValue[][],
  columns: readonly number[],
  encoding: TextEncoding,
): void {
  const names = Array.from({ length: rows[0]!.length }, (_, i) => `c${i}`);
  const chosen = columns.map((i) => `CASE typeof(c${i}) WHEN 'text' THEN CAST(c${i} AS BLOB) END`);
  const again = bytesOf(
    database,
    `WITH "the statement"(${names.join(", ")}) AS (${statement}\n) SELECT ${chosen.join(", ")} FROM "the statement"`,
  );
  if (again?.length !== rows.length) return;
  for (const [i, row] of rows.entries()) {
    for (const [j, column] of columns.entries()) {
      const [value, bytes] = [row[column], again[i]![j]];
      if (typeof value !== "string" || !(bytes instanceof Uint8Array)) continue;
      const text = textOf(bytes, encoding);
      if (replaced(text) === replaced(value)) row[column] = text;
    }
  }
}

function bytesOf(database: DatabaseSyncInstance, sql: string): SqlValue[][] | undefined {
  try {
    return database.prepare(sql).all() as unknown as SqlValue[][];
  } catch {
    return undefined; // the statement itself has run; only its second form did not
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** What can be compared of a text with U+FFFD, which stands for one byte or for several. */
const replaced = (text: string): string => text.replace(/[\ud800-\udfff\ufffd]+/gu, "\ufffd");

const textOf = (bytes: Uint8Array, encoding: TextEncoding): string =>
  encoding === "UTF-8" ? surrogateEscaped(bytes) : utf16(bytes, encoding);

function utf16(bytes: Uint8Array, encoding: TextEncoding): string {
  const units = Buffer.from(bytes); // a copy, since swap16 changes it
  return (encoding === "UTF-16be" ? units.swap16() : units).toString("utf16le");
}

/** Decodes UTF-8. A byte that is no UTF-8 becomes U+DC00 + byte. */
function surrogateEscaped(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = decoded(bytes.subarray(at, at + length));
    pieces.push(character ?? String.fromCharCode(0xdc00 + lead));
    at += character === undefined ? 1 : length;
  }
  return pieces.join("");
}

/** The single character that these bytes encode, if they do. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}
