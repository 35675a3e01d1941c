import type { Random } from "../../core/random";
import type { Problem } from "../../core/records";
import type { Split } from "../../data/literature/splits";
import { sqlOf, type StatementQuestion, statementQuestions } from "../../data/statements/questions";
import { exampleTables, tableStatements } from "../../data/statements/tables";
import { writeStatement } from "../../data/statements/writer";
import { completionAfter } from "../../prompts/templates";
import { worded } from "../../prompts/wording";
import { familyOf } from "../../rewards/families";
import { sqlite, sqlitePool } from "../../search/sql/sqlite";
import { task } from "../task";

/** Questions to invented tables, one in each database; paid is a statement that returns what the gold one returns. */
export async function generatedDatabases() {
  const pool = sqlitePool({ workers: 1 });
  const statements = new Map(exampleTables.map((table) => [table.name, tableStatements(table)]));
  const opened = new Map(
    [...statements].map(([name, { all }]) => [name, sqlite({ schema: all }, { name, pool })] as const),
  );
  const all = statementQuestions();
  const problemOf = ({ id, form, table, text, statement }: StatementQuestion): Problem => ({
    id,
    query: text,
    judgments: {},
    expert: sqlOf(statement),
    group: form,
    sql: { database: table, gold: sqlOf(statement), schema: statements.get(table)!.schema },
  });
  const of = (split: Split) => all.filter((question) => question.split === split);
  const practice = of("train");
  return {
    of: (split: Split, limit: number) =>
      task({
        name: `generated databases/${split}`,
        family: familyOf("spider"),
        problems: of(split).slice(0, limit).map(problemOf),
        prompt: { wording: "sql", brief: true },
        databases: (name) => opened.get(name)!,
      }),
    demonstrate(rng: Random) {
      const question = rng.pick(practice);
      const { think, query } = writeStatement(question, rng);
      const prompt = worded(problemOf(question), { wording: "sql", brief: true });
      return { prompt, response: completionAfter(prompt, query, { thought: think, key: "sql" }) };
    },
  };
}
