import type { SqlDatabase, SqlResult } from "../core/roles";
import { sameRows } from "../metrics/execution";
import type { ExecutionFamily, Family, ProfileName } from "./families";
import type { QueryReward } from "./recall-reward";

/**
 * Whether `sql` holds no statement: nothing but white space (as SQLite has it), semicolons and comments. SQLite runs it
 * and returns nothing.
 */
export const isBlankSql = (sql: string): boolean =>
  sql.replace(/--[^\n]*|\/\*(?!$)[^]*?(?:\*\/|$)|[ \t\n\f\r\ufeff][ \t-\r\ufeff]*|;/g, "") === "";

/** Runs `sql` on `database`; a blank one gives no rows anywhere. */
export async function execute(database: SqlDatabase, sql: string, signal?: AbortSignal): Promise<SqlResult> {
  return isBlankSql(sql) ? { kind: "rows", rows: [] } : database.execute(sql, signal ? { signal } : {});
}

/**
 * Reward of a query whose result is `predicted` where the gold query's is `gold`: 0.1 + 1 for the same set of rows,
 * and less, or 0, for another one or none. Source: reward_score/{bird,spider,wikisql}.py and their no_reason variants.
 *
 * A query that ran out of time matches nothing. In `reference` it returned no rows, and so equals a gold query that
 * has none; and a result with a text that is no UTF-8 has failed, as it fails in Python's sqlite3.
 */
export function executionReward(
  predicted: SqlResult,
  gold: SqlResult,
  { family, profile }: { readonly family: ExecutionFamily; readonly profile: ProfileName },
): QueryReward {
  const [first, second] = profile === "reference" ? [asPython(predicted), asPython(gold)] : [predicted, gold];
  const failed = [first, second].find((result): result is SqlResult & { kind: "failed" } => result.kind === "failed");
  const same = first.kind === "rows" && second.kind === "rows" && sameRows(first.rows, second.rows);
  const answer = failed
    ? failed.message.includes("syntax")
      ? 0
      : family.failing
    : same
      ? 1
      : first.kind === "timeout"
        ? 0
        : family.different;
  const note =
    said("the query", first) ??
    said("the query", predicted) ??
    said("the gold query", second) ??
    said("the gold query", gold);
  return {
    reward: answer > 0 ? family.form + answer : 0,
    measures: { EX: same ? 1 : 0, executed: first.kind === "rows" ? 1 : 0 },
    ...(note !== undefined && { note }),
  };
}

/**
 * The possible results of a query to a database, and the reward of each family for them in the safe profile. Throws
 * RangeError for a family that searches documents (`rewardCurves`).
 */
export function executionOutcomes(
  families: Readonly<Record<string, Family>>,
): Readonly<Record<string, string | number>>[] {
  const gold: SqlResult = { kind: "rows", rows: [[1]] };
  const outcomes: Readonly<Record<string, SqlResult>> = {
    "the gold rows": gold,
    "other rows": { kind: "rows", rows: [] },
    "no such table or column": { kind: "failed", message: "no such table" },
    "syntax error": { kind: "failed", message: "syntax error" },
    "out of time": { kind: "timeout", seconds: 30 },
  };
  const paid = (of: (family: ExecutionFamily) => number) =>
    Object.fromEntries(
      Object.entries(families).map(([name, family]) => {
        if (family.kind === "execution") return [name, of(family)] as const;
        throw new RangeError(`executionOutcomes: ${name} is rewarded by ${family.kind}. Draw it with rewardCurves().`);
      }),
    );
  return [
    ...Object.entries(outcomes).map(([outcome, result]) => ({
      outcome,
      ...paid((family) => executionReward(result, gold, { family, profile: "safe" }).reward),
    })),
    { outcome: "no query", ...paid(({ faults }) => faults.safe.structure) },
  ];
}

/** What the reference makes of a result. */
function asPython(result: SqlResult): SqlResult {
  if (result.kind === "timeout") return { kind: "rows", rows: [] };
  if (result.kind === "failed") return result;
  for (const row of result.rows) {
    const column = row.findIndex((value) => typeof value === "string" && !isUnicode(value));
    if (column >= 0)
      return {
        kind: "failed",
        message: `Could not decode to UTF-8 column ${JSON.stringify(result.columns?.[column] ?? column)}`,
      };
  }
  return result;
}

/** Whether a text has no half of a surrogate pair: databases put those in the place of bytes that are no UTF-8. */
const isUnicode = (text: string): boolean => !/[\ud800-\udfff]/u.test(text);

function said(which: string, result: SqlResult): string | undefined {
  if (result.kind === "failed") return `${which} failed: ${result.message}`;
  return result.kind === "timeout" ? `${which} had not ended after ${result.seconds} s` : undefined;
}
