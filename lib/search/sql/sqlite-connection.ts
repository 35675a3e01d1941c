import { constants, DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import type { SqlResult, SqlValue } from "../../core/roles";
import { exactRows, type TextEncoding } from "./exact-text";
import { statement, type Statement } from "./statement";

/** The source of the tables: a database file, or statements that create them in memory. */
export type SqliteSource = { readonly file: string } | { readonly schema: string };

/** Limits of one statement. */
export interface SqlCaps {
  readonly rows: number; // of a result
  readonly megabytes: number; // of a result
  readonly memory: number; // MB of the process that runs it
}

/** A fault of the database, not of the statement. */
export interface DatabaseFault {
  readonly kind: "unavailable" | "corrupt" | "schema";
  readonly why: string;
}

/** An open database that no statement can change. */
export interface SqliteConnection {
  run(sql: string): SqlResult | DatabaseFault;
  close(): void;
}

const megabyte = 2 ** 20;

/**
 * The beginnings of SQLite's messages for faults that are not the statement's (sqlite3_errstr). "no such table: disk
 * I/O error" is the statement's. The binding gives no code for an error while it steps.
 */
const faults: readonly (readonly [RegExp, DatabaseFault["kind"]])[] = [
  [
    /^(?:database disk image is malformed|file is not a database|malformed database schema|unsupported file format)/,
    "corrupt",
  ],
  [
    new RegExp(
      `^(?:${[
        "disk I/O error",
        "unable to open database file",
        "database is locked",
        "database table is locked",
        "database or disk is full",
        "locking protocol",
        "access permission denied",
      ].join("|")})`,
    ),
    "unavailable",
  ],
];

/**
 * Whether a statement may take an action: it may read. It may ask the pragmas that describe tables, and read the
 * numbers in a file's header, but not set them.
 */
const reading = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);
const describing = new Set([
  "table_info",
  "table_xinfo",
  "table_list",
  "index_list",
  "index_info",
  "index_xinfo",
  "foreign_key_list",
  "database_list",
  "collation_list",
  "function_list",
  "compile_options",
  "encoding",
]);
const header = /^(user_version|schema_version|application_id)$/i;

/**
 * Opens `source` for reading. The file is opened read-only, and an authorizer allows a statement to read and nothing
 * else: no ATTACH, no VACUUM INTO, no temporary tables, no PRAGMA that would change the next result. "text" in double
 * quotes is a string if it names no column, as in Python's sqlite3.
 */
export function openSqlite(source: SqliteSource, caps: SqlCaps): SqliteConnection | DatabaseFault {
  const most = Math.min(caps.megabytes * megabyte, 1e9);
  let database: DatabaseSyncInstance | undefined;
  let encoding: TextEncoding;
  try {
    database = new DatabaseSync("file" in source ? source.file : ":memory:", {
      readOnly: "file" in source,
      enableDoubleQuotedStringLiterals: true,
      readBigInts: true,
      returnArrays: true,
      timeout: 5000, // milliseconds to wait while another process writes
      limits: { length: most },
    });
    if ("schema" in source) database.exec(source.schema);
    else database.prepare("SELECT count(*) FROM sqlite_master").all(); // opening alone reads nothing
    [[encoding]] = database.prepare("PRAGMA encoding").all() as unknown as [[TextEncoding]];
    // Sorting stays in memory: a sort that fills the disk would be worse than one that fails.
    database.exec("PRAGMA temp_store = MEMORY; PRAGMA query_only = ON");
  } catch (error) {
    const why = (error as Error).message;
    if (database?.isOpen) database.close();
    return "schema" in source ? { kind: "schema", why } : (fault(why) ?? { kind: "unavailable", why });
  }
  const open = database;
  open.limits.sqlLength = 1e6;
  const harmless = (pragma: string, value: string | null): boolean =>
    describing.has(pragma.toLowerCase()) || (header.test(pragma) && value === null);
  open.setAuthorizer((action, name, value) =>
    reading.has(action) || (action === constants.SQLITE_PRAGMA && harmless(name ?? "", value))
      ? constants.SQLITE_OK
      : constants.SQLITE_DENY,
  );
  return {
    run(sql) {
      const looked = statement(sql);
      if (looked.unseen !== undefined) return { kind: "failed", message: looked.unseen };
      if (looked.blank) return { kind: "rows", columns: [], rows: [] };
      try {
        return collect(open, sql, caps, looked, encoding);
      } catch (error) {
        const why = (error as Error).message;
        return fault(why) ?? { kind: "failed", message: why };
      }
    },
    close: () => open.close(),
  };
}

const fault = (why: string): DatabaseFault | undefined => {
  const known = faults.find(([words]) => words.test(why));
  return known && { kind: known[1], why };
};

/**
 * Steps through the result until it ends or passes a limit. A text with U+FFFD may stand for other bytes, so it is read
 * again byte for byte.
 */
function collect(
  database: DatabaseSyncInstance,
  sql: string,
  { rows: mostRows, megabytes }: SqlCaps,
  { refused, end }: Statement,
  encoding: TextEncoding,
): SqlResult {
  const prepared = database.prepare(sql);
  if (refused !== undefined) return { kind: "failed", message: refused };
  const columns = prepared.columns().map(({ name }) => name);
  const rows: SqlValue[][] = [];
  const doubtful = new Set<number>(); // columns
  let bytes = 0;
  for (const row of prepared.iterate() as Iterable<SqlValue[]>) {
    if (rows.length === mostRows) return { kind: "failed", message: `the result has more than ${mostRows} rows` };
    for (const [i, value] of row.entries()) {
      if (typeof value === "bigint") row[i] = exact(value);
      else if (value !== null && typeof value === "object")
        row[i] = Buffer.from(value); // a copy of the bytes
      else if (typeof value === "string" && value.includes("\ufffd")) doubtful.add(i);
      bytes += 16 + (value === null || typeof value === "number" || typeof value === "bigint" ? 0 : value.length);
    }
    if (bytes > megabytes * megabyte) return { kind: "failed", message: `the result is larger than ${megabytes} MB` };
    rows.push(row);
  }
  if (doubtful.size > 0) exactRows(database, sql.slice(0, end), rows, [...doubtful], encoding);
  return { kind: "rows", columns, rows };
}

const exact = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
