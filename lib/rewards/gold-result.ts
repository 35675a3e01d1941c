import { oncePerObject } from "../core/memo";
import type { SqlDatabase, SqlResult } from "../core/roles";
import { sharedCalls } from "../core/calls/shared-calls";
import { execute } from "./execution-reward";

const keptValues = 2_000_000; // of the gold results of one database together, some 100 MB of numbers at the very most

/**
 * The result of a gold query, which is run once on each database: every completion for its question is compared with
 * it. A gold query that ran out of time is run again, since the machine may have been busy.
 */
export const goldResult = (database: SqlDatabase, sql: string, signal?: AbortSignal): Promise<SqlResult> =>
  resultsOf(database)(sql, signal, (signal) => execute(database, sql, signal));

const resultsOf = oncePerObject((_: SqlDatabase) =>
  sharedCalls<SqlResult>({
    most: keptValues,
    weightOf: (result) => (result.kind === "rows" ? result.rows.length * (result.rows[0]?.length ?? 0) : 0),
    keeps: ({ kind }) => kind !== "timeout",
  }),
);
