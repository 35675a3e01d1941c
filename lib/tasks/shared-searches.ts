import { oncePerObject } from "../core/memo";
import type { Judgments, Recall, SearchResult } from "../core/records";
import type { SearchEngine, SearchOptions, SqlDatabase, SqlResult } from "../core/roles";
import { sharedCalls } from "../core/calls/shared-calls";

/**
 * Completions of one prompt often hold the same query: late in training most of a group do. A task therefore asks its
 * engine once for equal searches, and keeps the answers that were used last. An outage is never kept.
 */

const keptHits = 200_000; // of all kept results together, about 20 MB
const keptRecalls = 20_000;
const keptValues = 500_000; // of all kept result sets together

/** `engine`, asked once for equal searches. Its results are shared by all callers: do not change them. */
export function sharedEngine(engine: SearchEngine): SearchEngine {
  const searches = sharedCalls<SearchResult>({ most: keptHits, weightOf: ({ hits }) => hits.length + 1 });
  const recalls = sharedCalls<Recall>({ most: keptRecalls });
  const key = (query: string, k: number, { maxDate }: SearchOptions, of = 0) => JSON.stringify([query, k, maxDate, of]);
  return {
    name: engine.name,
    search: (query, k, options = {}) =>
      searches(key(query, k, options), options.signal, (signal) =>
        engine.search(query, k, withSignal(options, signal)),
      ),
    ...(engine.recall && {
      recall: (query, judgments, k, options = {}) =>
        recalls(key(query, k, options, numberOf(judgments)), options.signal, (signal) =>
          engine.recall!(query, judgments, k, withSignal(options, signal)),
        ),
    }),
  };
}

/** `database`, asked once for equal statements. A statement that ran out of time may be run again. */
export const sharedDatabase: (database: SqlDatabase) => SqlDatabase = oncePerObject((database) => {
  const results = sharedCalls<SqlResult>({
    most: keptValues,
    weightOf: (result) => (result.kind === "rows" ? result.rows.length * (result.rows[0]?.length ?? 0) : 0),
    keeps: ({ kind }) => kind !== "timeout",
  });
  return {
    name: database.name,
    execute: (sql, { signal } = {}) => results(sql, signal, (signal) => database.execute(sql, { signal })),
  };
});

let numbered = 0;

/** Tells judgments apart that are different objects. */
const numberOf = oncePerObject((_: Judgments) => ++numbered);

const withSignal = ({ maxDate }: SearchOptions, signal: AbortSignal): SearchOptions =>
  maxDate === undefined ? { signal } : { maxDate, signal };
