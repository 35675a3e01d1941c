import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../core/records";
import { columnsOf } from "./columns";
import { readJsonArray } from "../files/json-array";
import { projectPath } from "../paths";

/**
 * Questions of Spider (`dev.json`: question, db_id, query) or BIRD (`dev.json`: question, db_id, evidence, SQL), plain
 * or gzipped. With `databases`, the folder that holds one folder a database, the schema is Spider's text of it.
 * Throws CorruptData with file:row and the column where one is missing.
 */
export async function readSqlQuestions(
  file: string,
  { databases }: { readonly databases?: string } = {},
): Promise<Problem[]> {
  const schemas = new Map<string, string>();
  return (await readJsonArray(file)).map((row) => {
    const columns = columnsOf(file, row);
    const bird = columns.has("SQL");
    const database = columns.text("db_id");
    if (databases && !schemas.has(database)) schemas.set(database, spiderSchema(databases, database));
    const knowledge = bird && columns.has("evidence") ? columns.text("evidence") : undefined;
    return {
      id: columns.has("question_id") ? columns.text("question_id") : String(row.line - 1),
      query: columns.text("question"),
      judgments: {},
      sql: {
        database,
        gold: columns.text(bird ? "SQL" : "query"),
        schema: schemas.get(database) ?? "",
        ...(knowledge === undefined ? {} : { knowledge }),
      },
      ...(columns.has("difficulty") ? { group: columns.text("difficulty") } : {}),
    };
  });
}

/**
 * The schema of a database as Spider's prompts show it: `schema.sql` of its folder, or else `NAME.sql`, without lines
 * that insert. "" where there is neither, as for 135 of the 1,034 development questions. Source:
 * data_preprocess/spider.py.
 */
export function spiderSchema(databases: string, database: string): string {
  const file = ["schema.sql", `${database}.sql`]
    .map((name) => join(databases, database, name))
    .find((path) => existsSync(path));
  if (file === undefined) return "";
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => !/insert/i.test(line))
    .join("\n")
    .trim();
}

/** Where a database lies in a folder laid out as Spider's or BIRD's: `NAME/NAME.sqlite`. */
export const databaseFile = (databases: string, database: string): string =>
  join(projectPath(databases), database, `${database}.sqlite`);
