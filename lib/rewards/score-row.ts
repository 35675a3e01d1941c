import { SearchUnavailable } from "../core/errors";
import type { SearchEngine, SqlDatabase } from "../core/roles";
import { spanOf } from "../metrics/answer-span";
import type { ProfileName } from "./families";
import { type RowOutcome, outcomeOf } from "./outcome";
import type { Spans } from "./rank-reward";
import type { RewardRow } from "./row";
import { scoreGold } from "./score";

/** What runs the queries of rows that bring no result of their own. */
export interface RowEngines {
  readonly engine?: SearchEngine;
  readonly spans?: Spans;
  /** The database that `schema` builds, empty of all else. */
  readonly build?: (schema: string) => Promise<SqlDatabase>;
  /** The database of a file. */
  readonly open?: (dbPath: string) => Promise<SqlDatabase>;
}

/** Scores one row. An outage is an outcome; a row that cannot be scored throws and is named by `id`. */
export async function scoreRow(
  row: RewardRow,
  id: string,
  engines: RowEngines,
  options: { readonly profile?: ProfileName; readonly signal?: AbortSignal | undefined } = {},
): Promise<RowOutcome> {
  const { family, turn, gold, maxDate, retrieved } = row;
  return outcomeOf(family, async () => {
    const database = lazyDatabase(row, engines);
    const recorded =
      retrieved === undefined ? { engine: engines.engine, spans: engines.spans } : recordedSearch(retrieved);
    return scoreGold({
      family,
      turn,
      gold,
      id,
      ...options,
      ...(recorded.engine && { engine: recorded.engine }),
      ...(recorded.spans && { spans: recorded.spans }),
      ...(database && { database }),
      ...(maxDate !== undefined && { maxDate }),
    });
  });
}

/**
 * Answers every query with `retrieved`: ids for most, whole passages where answers are looked for; null is an engine
 * that was down.
 */
function recordedSearch(retrieved: readonly string[] | null): { readonly engine: SearchEngine; readonly spans: Spans } {
  return {
    engine: {
      name: "the recorded engine",
      async search(_query, k) {
        if (retrieved === null)
          throw new SearchUnavailable(
            "The recorded engine",
            "its row says that it was down",
            "Score the row again with an engine that is up",
            { outage: "replay" },
          );
        return {
          hits: retrieved.slice(0, k).map((docId, i) => ({ docId, score: -i })),
          total: retrieved.length,
          warnings: [],
        };
      },
    },
    spans: spanOf,
  };
}

/** The row's database, opened by the first statement: a malformed turn needs none. */
function lazyDatabase({ schema, dbPath }: RewardRow, { build, open }: RowEngines): SqlDatabase | undefined {
  const opened =
    schema !== undefined && build ? () => build(schema) : dbPath !== undefined && open ? () => open(dbPath) : undefined;
  if (!opened) return undefined;
  let database: Promise<SqlDatabase> | undefined;
  return {
    name: dbPath ?? "the row's schema",
    execute: async (sql, options) => (await (database ??= opened())).execute(sql, options),
  };
}
