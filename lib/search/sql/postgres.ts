import type { Socket } from "node:net";
import { Client, Query, type ClientConfig } from "pg";
import { SearchUnavailable } from "../../core/errors";
import type { SqlDatabase, SqlResult, SqlValue } from "../../core/roles";
import { settings } from "../../core/settings";
import { beginning } from "./postgres-statement";
import { postgresTypes } from "./postgres-values";
import { onAbort, slots } from "../../core/processes/slots";

/** Limits of one statement, as in `sqliteDefaults`, and settings of the client. */
const postgresDefaults = {
  /** The time limit of a statement (statement_timeout). */
  seconds: 30,
  rows: 1_000_000,
  /** Megabytes of a result, as it is sent. */
  megabytes: 128,
  /** Statements that run at once. */
  connections: 4,
  connectSeconds: 10,
};

/** Settings of `postgres`. */
export interface PostgresOptions extends Partial<typeof postgresDefaults> {
  /** The name in reports and errors; by default the name of the database. */
  readonly name?: string;
}

/** A PostgreSQL database. Dispose of it after use. */
export interface Postgres extends SqlDatabase {
  /** Closes the connections. Statements that run or wait throw Interrupted. */
  dispose(): Promise<void>;
}

/**
 * A PostgreSQL database to read from. `connection` is a URL ("postgres://reader@127.0.0.1/cinema") or settings of `pg`;
 * settings that are missing come from PGHOST, PGUSER and the other usual variables. A fault of a statement is its
 * result, as with `sqlite`.
 *
 * Every statement runs alone in a READ ONLY transaction with a statement_timeout, which is rolled back. Only statements
 * that read are sent (SELECT, WITH, VALUES, TABLE, EXPLAIN, SHOW). A SELECT by a superuser can still call functions
 * with effects outside the database, so connect as a role that may only SELECT.
 *
 * Throws SearchUnavailable if the server cannot be reached, refuses the login, shuts down, has no connections or disk
 * left, or does not answer; Interrupted when `signal` fires.
 */
export function postgres(connection: string | ClientConfig, { name, ...limits }: PostgresOptions = {}): Postgres {
  const caps = settings("postgres", postgresDefaults, limits);
  for (const [limit, value] of Object.entries(caps))
    if (!(value > 0)) throw new RangeError(`postgres: ${limit} is ${value}; it must be above 0.`);
  const config: ClientConfig = {
    ...(typeof connection === "string" ? { connectionString: connection } : connection),
    types: postgresTypes as ClientConfig["types"],
    connectionTimeoutMillis: caps.connectSeconds * 1000,
  };
  const called = name ?? new Client(config).database ?? "PostgreSQL";
  const disposed = new AbortController();
  const places = slots<Client>(caps.connections, alive);
  const unavailable = (error: Error) =>
    new SearchUnavailable(
      `PostgreSQL database ${called}`,
      error.message || error.name,
      "See that the server runs, that the login is right and that it has connections and disk left.",
      { cause: error },
    );

  const fresh = (): Client => {
    const client = new Client(config);
    return client.on("error", () => abandon(client)); // it was idle; the next statement gets another connection
  };
  return {
    name: called,
    async execute(sql, { signal } = {}) {
      if (sql.includes("\0")) return { kind: "failed", message: "the query contains a null character" };
      const first = beginning(sql);
      if (first === "blank") return { kind: "rows", columns: [], rows: [] };
      if (first === "unclosed") return { kind: "failed", message: "syntax error: unterminated /* comment" };
      if (first === "other")
        return { kind: "failed", message: "not authorized: a statement may read, and nothing else" };
      const stops = signal ? [signal, disposed.signal] : [disposed.signal];
      const slot = await places.acquire(stops);
      const client = slot.live ?? fresh();
      let stopped: Error | undefined;
      const end = (error: Error) => ((stopped ??= error), abandon(client));
      const forget = onAbort(stops, end);
      const patience = caps.seconds + 5 + (slot.live ? 0 : caps.connectSeconds);
      const timer = setTimeout(() => end(new Error(`no answer for ${patience} s`)), patience * 1000);
      try {
        if (!slot.live) await client.connect();
        delete slot.live; // it is put back if the statement ends well
        socket(client).ref();
        const result = await run(client, sql, caps);
        socket(client).unref(); // an idle connection does not keep the program alive
        if (alive(client)) slot.live = client;
        return result;
      } catch (error) {
        abandon(client);
        if (stopped?.name === "Interrupted") throw stopped;
        throw unavailable(stopped ?? (error as Error));
      } finally {
        clearTimeout(timer);
        forget();
        places.release(slot);
      }
    },
    async dispose() {
      disposed.abort();
      await Promise.all(places.idle().map((client) => client.end()));
    },
  };
}

/** Runs `sql` alone in a transaction that is rolled back. Throws every error that is no fault of the statement. */
async function run(client: Client, sql: string, caps: typeof postgresDefaults): Promise<SqlResult> {
  await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${Math.ceil(caps.seconds * 1000)}`);
  const result = await collect(client, sql, caps);
  if (result.kind !== "cut") await client.query("ROLLBACK");
  return result.kind === "cut" ? { kind: "failed", message: result.message } : result;
}

/**
 * Reads the rows as they arrive. A result above its limits ("cut") costs the connection, since the rest would have to
 * be read.
 */
function collect(
  client: Client,
  sql: string,
  { rows: mostRows, megabytes, seconds }: typeof postgresDefaults,
): Promise<SqlResult | { kind: "cut"; message: string }> {
  return new Promise((resolve, reject) => {
    const stream = socket(client);
    const rows: SqlValue[][] = [];
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > megabytes * 2 ** 20) cut(`the result is larger than ${megabytes} MB`);
    };
    const done = (settle: () => void): void => {
      stream.off("data", count);
      settle();
    };
    const cut = (message: string): void => done(() => (abandon(client), resolve({ kind: "cut", message })));
    const query = new Query({ text: sql, rowMode: "array", queryMode: "extended" } as ConstructorParameters<
      typeof Query
    >[0]); // the extended protocol takes one statement
    query.on("row", (row: SqlValue[]) =>
      rows.length === mostRows ? cut(`the result has more than ${mostRows} rows`) : rows.push(row),
    );
    query.on("end", ({ fields }: { fields: { name: string }[] }) =>
      done(() => resolve({ kind: "rows", columns: fields.map(({ name }) => name), rows })),
    );
    query.on("error", (error: Error & { code?: string }) =>
      done(() => {
        if (error.code === "57014" && /statement timeout/.test(error.message)) resolve({ kind: "timeout", seconds });
        else if (error.code === undefined || outage.test(error.code)) reject(error);
        else resolve({ kind: "failed", message: error.message });
      }),
    );
    stream.on("data", count);
    client.query(query);
  });
}

/**
 * SQLSTATE classes of errors that are no fault of the statement: connection, login, resources, shutdown, cancelling
 * from outside, locks, conflicts with a standby's recovery, system errors, damage.
 */
const outage = /^(08(?!P01)|28|3D|40|53|57|55P03|58|XX00[12]|F0)/; // 08P01 is a parameter without a value

const socket = (client: Client): Socket => (client as unknown as { connection: { stream: Socket } }).connection.stream;

const alive = (client: Client): boolean => !socket(client).destroyed;

/** Ends a connection at once. */
const abandon = (client: Client): void => void socket(client).destroy();
