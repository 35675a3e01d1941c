import { CorruptData } from "../core/errors";
import { writeJson } from "../core/json";
import { assistantTurn } from "../prompts/answer";
import { type Family, familyOf } from "./families";
import type { Gold } from "./gold";

/**
 * One row to be scored, as verl hands it to a reward function: `data_source`, `solution_str` (prompt and response),
 * `ground_truth` and `extra_info`. It may bring what stands in for an engine: `retrieved`, the ids that a search
 * would return (passages, for the rank family), null for an engine that is down; or `schema`, the SQL that builds
 * its database.
 */
export interface RewardRow {
  readonly family: Family;
  readonly turn: string;
  readonly gold: Gold;
  readonly maxDate?: string; // `pub_date`, beside the other columns or in extra_info
  readonly retrieved?: readonly string[] | null;
  readonly schema?: string;
  readonly dbPath?: string; // extra_info.db_path
}

/** Reads a row. Throws CorruptData that names `where` it stands and the column that is missing or wrong. */
export function readRow(value: Readonly<Record<string, unknown>>, where: string): RewardRow {
  const wrong = (column: string, must: string, found: unknown) =>
    new CorruptData(
      where,
      found === undefined ? `the row has no "${column}"` : `"${column}" is ${writeJson(found).slice(0, 60)}`,
      `It must be ${must}`,
    );
  const text = (column: string, must: string): string => {
    const found = value[column];
    if (typeof found !== "string") throw wrong(column, must, found);
    return found;
  };
  const dataSource = text("data_source", 'the name of a data set, like "pubmed"');
  const family = familyAt(dataSource, where);
  const turn = assistantTurn(text("solution_str", "the prompt and the response, as one string"));
  const truth = value["ground_truth"];
  if (!isRecord(truth)) throw wrong("ground_truth", 'an object with "target"', truth);
  const { target, score } = truth;
  if (target === undefined) throw wrong("ground_truth.target", "the labels, answers or SQL of the row", target);
  const extra = isRecord(value["extra_info"]) ? value["extra_info"] : {};
  const maxDate = value["pub_date"] ?? extra["pub_date"];
  const { retrieved, schema } = value;
  if (schema !== undefined && typeof schema !== "string")
    throw wrong("schema", "the SQL that builds the database", schema);
  if (retrieved !== undefined && retrieved !== null && !isTexts(retrieved))
    throw wrong("retrieved", "a list of ids, or null for an engine that is down", retrieved);
  return {
    family,
    turn,
    gold: goldAt(family, target, score, wrong),
    ...(typeof maxDate === "string" && maxDate !== "" && { maxDate }),
    ...(retrieved !== undefined && { retrieved: retrieved?.map(String) ?? null }),
    ...(schema !== undefined && { schema }),
    ...(typeof extra["db_path"] === "string" && { dbPath: extra["db_path"] }),
  };
}

function familyAt(dataSource: string, where: string): Family {
  try {
    return familyOf(dataSource);
  } catch (cause) {
    throw new CorruptData(where, (cause as Error).message, "Correct the row's data_source", { cause });
  }
}

function goldAt(
  family: Family,
  target: unknown,
  score: unknown,
  wrong: (column: string, must: string, found: unknown) => Error,
): Gold {
  if (family.kind === "execution") {
    if (typeof target !== "string") throw wrong("ground_truth.target", "the gold SQL", target);
    return { kind: "sql", sql: target };
  }
  const list = typeof target === "string" ? [target] : target;
  if (!isTexts(list)) throw wrong("ground_truth.target", "a list of strings", target);
  const texts = list.map(String);
  if (family.kind === "rank") return { kind: "answers", answers: texts };
  const grades = score ?? texts.map(() => 1);
  if (
    !Array.isArray(grades) ||
    grades.length !== texts.length ||
    !grades.every((grade): grade is number => Number.isFinite(grade))
  ) {
    throw wrong("ground_truth.score", `a list of ${texts.length} numbers, one for each target`, score);
  }
  return { kind: "documents", ids: texts, grades };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is readonly (string | number | bigint)[] =>
  Array.isArray(value) && value.every((item) => ["string", "number", "bigint"].includes(typeof item));
