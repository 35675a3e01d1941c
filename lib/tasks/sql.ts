import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { above, callable, either, filledText, oneOf, text, whole, type Range } from "../core/ranges";
import { checkOptions } from "../core/settings";
import type { Problem } from "../core/records";
import type { SqlDatabase } from "../core/roles";
import { readDataset, type DatasetExample } from "../data/datasets/dataset";
import { projectPath } from "../data/paths";
import { readSqlQuestions } from "../data/datasets/spider";
import { startsWith } from "../data/files/table";
import { readWikiSql } from "../data/datasets/wikisql";
import { familyOf, type ProfileName } from "../rewards/families";
import { sqlite, sqlitePool } from "../search/sql/sqlite";
import { examplesTask } from "./examples-task";
import type { Databases } from "./family-scoring";
import { builderRanges, type PromptOptions } from "./prompted";
import type { FamilyTask } from "./task";

/** Which questions, over which databases. */
export interface SqlOptions extends PromptOptions {
  /**
   * a published file (parquet, JSON lines), dev.json of Spider or BIRD, or questions of WikiSQL with `tables`; plain or
   * gzipped
   */
  readonly data: string;
  /** folder of NAME/NAME.sqlite, or one file for all (WikiSQL's dev.db), or what opens one by name */
  readonly databases: string | Databases;
  /** dev.tables.jsonl of WikiSQL */
  readonly tables?: string;
  /** data_source, which names the rewards; told by the columns if absent */
  readonly source?: string;
  /** what to do with questions whose database is not there */
  readonly missing?: "error" | "skip";
  /** "safe" if absent */
  readonly profile?: ProfileName;
  /** problems at most */
  readonly limit?: number;
  /** for one statement; 30 if absent */
  readonly seconds?: number;
  /** processes that run statements; up to 4 if absent */
  readonly workers?: number;
}

const optionRanges: Readonly<Record<keyof SqlOptions, Range>> = {
  ...builderRanges,
  data: filledText,
  databases: either(filledText, callable),
  tables: text,
  missing: oneOf("error", "skip"),
  seconds: above(0),
  workers: whole(1),
};

/** Questions to databases. Its search runs a query; the one hit is its result, relevant if it equals the gold one's. */
export interface SqlTask extends FamilyTask {
  /** Ends the processes that run SQL. Needed only where a program should end at once. */
  dispose(): void;
}

/**
 * The text-to-SQL task of Spider, BIRD or WikiSQL. A query earns by what it returns, not by how it is written.
 * Databases are opened read-only, in processes of their own, and a statement that does not end matches nothing.
 *
 * Questions whose data bring no schema get the database's own (`sqlite_master`), which the reference leaves out for
 * 135 of Spider's development questions; published prompts stay as they are.
 */
export async function sql(options: SqlOptions): Promise<SqlTask> {
  checkOptions("sql", options, optionRanges);
  const {
    data,
    databases,
    tables,
    missing = "error",
    profile,
    limit = Infinity,
    seconds = 30,
    workers,
    source: named,
    ...prompts
  } = options;
  const pool = sqlitePool(workers ? { workers } : {});
  const open =
    typeof databases === "function"
      ? databases
      : opener(projectPath(databases), (file) => sqlite(file, { pool, seconds }));
  try {
    const examples = await read(
      projectPath(data),
      tables && projectPath(tables),
      typeof databases === "string" ? projectPath(databases) : undefined,
      named,
    );
    const there = typeof databases === "string" ? present(examples, projectPath(databases), missing) : examples;
    const shown = await withSchemas(there.slice(0, limit), open);
    const source = shown[0]?.source;
    const task = examplesTask({
      name: source ?? "sql",
      examples: shown,
      family: familyOf(source ?? "spider"),
      databases: open,
      profile,
      prompts,
    });
    return { ...task, dispose: () => pool.dispose() };
  } catch (error) {
    pool.dispose();
    throw error;
  }
}

async function read(
  file: string,
  tables: string | undefined,
  folder: string | undefined,
  source: string | undefined,
): Promise<DatasetExample[]> {
  const bare =
    (name: string) =>
    (problem: Problem): DatasetExample => ({ source: source ?? name, problem, fields: {}, split: "" });
  if (tables) return (await readWikiSql(file, tables)).map(bare("wikisql"));
  if (await startsWith(file, "[")) {
    const problems = await readSqlQuestions(
      file,
      folder && statSync(folder).isDirectory() ? { databases: folder } : {},
    );
    return problems.map(bare(problems[0]?.sql?.knowledge === undefined ? "spider" : "bird"));
  }
  return (await readDataset(file)).map((example) => (source ? { ...example, source } : example));
}

/** Where a database lies: the folder's NAME/NAME.sqlite, NAME.sqlite, or the one file for all. */
function fileOf(databases: string, name: string): string {
  if (existsSync(databases) && statSync(databases).isFile()) return databases;
  const places = [
    join(databases, name, `${name}.sqlite`),
    join(databases, `${name}.sqlite`),
    join(databases, name, `${name}.db`),
  ];
  return places.find((path) => existsSync(path)) ?? places[0]!;
}

function opener(databases: string, open: (file: string) => SqlDatabase): Databases {
  const opened = new Map<string, SqlDatabase>();
  return (name) => {
    const file = fileOf(databases, name);
    const known = opened.get(file) ?? open(file);
    opened.set(file, known);
    return known;
  };
}

function present(
  examples: readonly DatasetExample[],
  databases: string,
  missing: "error" | "skip",
): readonly DatasetExample[] {
  const there = new Map<string, boolean>();
  const isThere = ({ problem }: DatasetExample): boolean => {
    const name = problem.sql!.database;
    if (!there.has(name)) there.set(name, existsSync(fileOf(databases, name)));
    return there.get(name)!;
  };
  const kept = examples.filter(isThere);
  const absent = [...there].filter(([, found]) => !found).map(([name]) => name);
  if (absent.length && missing === "error")
    throw new TypeError(
      `sql: ${absent.length} of ${there.size} databases are not in ${databases}: ` +
        `${absent.slice(0, 5).join(", ")}${absent.length > 5 ? " …" : ""}. Add them as NAME/NAME.sqlite, or pass { ` +
        `missing: "skip" } to leave out their ${examples.length - kept.length} questions.`,
    );
  return kept;
}

/** Questions without prompt and schema get the schema that their database tells. */
async function withSchemas(examples: readonly DatasetExample[], open: Databases): Promise<DatasetExample[]> {
  const schemas = new Map<string, string>();
  const shown: DatasetExample[] = [];
  for (const example of examples) {
    const question = example.problem.sql;
    if (!question || question.schema || example.prompt !== undefined) {
      shown.push(example);
      continue;
    }
    const { database } = question;
    if (!schemas.has(database)) schemas.set(database, await schemaOf(await open(database)));
    shown.push({ ...example, problem: { ...example.problem, sql: { ...question, schema: schemas.get(database)! } } });
  }
  return shown;
}

/**
 * The CREATE statements of a database, as BIRD's prompts show them (data_preprocess/bird.py), less SQLite's own tables.
 */
async function schemaOf(database: SqlDatabase): Promise<string> {
  const result = await database.execute(
    "SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  return result.kind === "rows" ? result.rows.map(([text]) => String(text)).join("\n\n") : "";
}
