import { closeSync, openSync, readSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, extname } from "node:path";
import { CorruptData, SearchUnavailable } from "../../core/errors";
import { processPool, type ProcessPool } from "../../core/processes/process-pool";
import type { SqlDatabase, SqlResult } from "../../core/roles";
import { settings } from "../../core/settings";
import { projectPath } from "../../data/paths";
import type { DatabaseFault, SqliteSource } from "./sqlite-connection";
import type { SqliteReply, SqliteRequest } from "./sqlite-process";
import { sqliteVersion } from "./sqlite-version";

/**
 * Limits of one statement. A statement that passes the first limit is a "timeout". One that passes another limit has
 * "failed", and its message says so.
 */
export const sqliteDefaults = {
  /** Seconds after which the process that runs the statement is killed. */
  seconds: 30,
  rows: 1_000_000,
  /** Megabytes of a result. */
  megabytes: 128,
  /** MB that the process may hold while it sorts and groups, with databases in memory and the result. */
  memory: 1024,
};

/** Processes that run statements. Any number of databases may share them. */
export type SqlitePool = ProcessPool<SqliteRequest, SqliteReply>;

/** A pool of at most `workers` processes, each of which starts when it is first needed. Dispose of it after use. */
export const sqlitePool = ({ workers = Math.min(4, availableParallelism()) } = {}): SqlitePool =>
  processPool(require.resolve("./sqlite-process"), workers);

/** Settings of `sqlite`. */
export interface SqliteOptions extends Partial<typeof sqliteDefaults> {
  /** The name in reports and errors; by default the name of the file. */
  readonly name?: string;
  /** Processes that several databases share: a folder of 166 databases needs no 166 processes. */
  readonly pool?: SqlitePool;
}

/** A SQLite database. Dispose of it after use. */
export interface Sqlite extends SqlDatabase {
  readonly version: string; // of SQLite; see `sqliteVersion`: two versions may differ in the last digit of an average
  /** Ends the processes, unless they belong to a pool that was passed. */
  dispose(): void;
}

/**
 * A SQLite database to read from: a file, or `{ schema }`, statements that create one in memory. Nothing changes it,
 * since a statement that would write fails. A fault of a statement is its result ("failed", "timeout"), in the words of
 * SQLite.
 *
 * A statement that does not end in time is killed together with its process, and the next statement gets a new process.
 * A statement that ends its process by itself, twice, has failed.
 *
 * Each byte of a text that is no UTF-8 becomes half a surrogate pair, U+DC80 to U+DCFF (Python's "surrogateescape").
 *
 * Throws SearchUnavailable for a file that is missing, locked or cannot be read; CorruptData for a file that is no
 * SQLite database or is damaged; RangeError for a schema that does not run; Interrupted when `signal` fires.
 */
export function sqlite(
  database: string | { readonly schema: string },
  { name, pool, ...limits }: SqliteOptions = {},
): Sqlite {
  const { seconds, ...caps } = settings("sqlite", sqliteDefaults, limits);
  for (const [limit, value] of Object.entries({ seconds, ...caps }))
    if (!(value > 0)) throw new RangeError(`sqlite: ${limit} is ${value}; it must be above 0.`);
  const source: SqliteSource =
    typeof database === "string" ? { file: projectPath(database) } : { schema: database.schema };
  const called = name ?? (typeof database === "string" ? basename(database, extname(database)) : "a schema");
  if ("file" in source) checkHeader(source.file, called);
  const processes = pool ?? sqlitePool();
  return {
    name: called,
    get version() {
      return sqliteVersion();
    },
    async execute(sql, { signal } = {}) {
      for (let tries = 1; ; tries++) {
        const outcome = await processes.ask({ source, sql, caps }, { seconds, ...(signal && { signal }) });
        if (outcome.kind === "late") return { kind: "timeout", seconds };
        if (outcome.kind === "reply") return answered(outcome.reply, source, called);
        if (outcome.kind === "unstarted")
          throw new SearchUnavailable(
            `SQLite database ${called}`,
            outcome.how,
            "See that @photostructure/sqlite is installed and has a build for this platform.",
          );
        if (tries === 2)
          return { kind: "failed", message: `the statement ended the database process (${outcome.how})` };
      }
    },
    dispose: () => pool ?? processes.dispose(),
  };
}

function answered(reply: SqliteReply, source: SqliteSource, name: string): SqlResult {
  switch (reply.kind) {
    case "unavailable":
      throw new SearchUnavailable(
        `SQLite database ${name}`,
        reply.why,
        "See that the file can be read and that nothing holds a lock on it.",
      );
    case "corrupt":
      throw damaged("file" in source ? source.file : name, reply);
    case "schema":
      throw new RangeError(
        `sqlite: the schema of ${name} does not run: ${reply.why}. Pass statements that SQLite takes.`,
      );
    default:
      return reply;
  }
}

const damaged = (file: string, { why }: Pick<DatabaseFault, "why">) =>
  new CorruptData(file, why, "Get the database file again.");

/** Throws if the file does not begin like a SQLite database. SQLite would open a missing file as an empty database. */
function checkHeader(file: string, name: string): void {
  const magic = "SQLite format 3\0";
  const bytes = Buffer.alloc(magic.length);
  let read = 0;
  try {
    const handle = openSync(file, "r");
    try {
      read = readSync(handle, bytes);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw new SearchUnavailable(
      `SQLite database ${name}`,
      (error as Error).message,
      "Pass the path of a database file that can be read.",
      { cause: error },
    );
  }
  if (bytes.toString("latin1", 0, read) !== magic)
    throw damaged(file, { why: read === 0 ? "the file is empty" : "this is no SQLite database" });
}
