import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluate } from "../../lib/evaluation/evaluate";
import { successAt } from "../../lib/metrics/success";
import { completionAfter } from "../../lib/prompts/templates";
import { sql, type SqlOptions, type SqlTask } from "../../lib/tasks/sql";
import { sharedFile, temporaryFolder } from "../fixtures";

const folder = temporaryFolder();
mkdirSync(join(folder, "pets"));
const pets = new DatabaseSync(join(folder, "pets", "pets.sqlite"));
pets.exec("CREATE TABLE pets (name TEXT, age INT); INSERT INTO pets VALUES ('Rex', 3), ('Tom', 5);");
pets.close();

let count = 0;
const json = (...rows: readonly object[]): string => {
  const path = join(folder, `${count++}.json`);
  writeFileSync(path, JSON.stringify(rows));
  return path;
};
const question = { question: "Who is five?", db_id: "pets", query: "SELECT name FROM pets WHERE age = 5" };

async function using<T>(
  options: Omit<SqlOptions, "databases"> & Partial<SqlOptions>,
  work: (task: SqlTask) => Promise<T>,
): Promise<T> {
  const task = await sql({ databases: folder, workers: 1, ...options });
  try {
    return await work(task);
  } finally {
    task.dispose();
  }
}
const score = (task: SqlTask, query: string) =>
  task.score(task.problems[0]!, completionAfter(task.prompt(task.problems[0]!), query, { key: "sql" }));

test("Spider's dev.json: the same rows earn 1.1, other rows and failures 0, a malformed turn −2", () =>
  using({ data: json(question) }, async (task) => {
    assert.equal((await score(task, "SELECT name FROM pets WHERE age > 4")).reward, 1.1);
    assert.equal((await score(task, "SELECT name FROM pets")).reward, 0);
    const failed = await score(task, "SELECT nick FROM pets");
    assert.equal(
      [failed.reward, failed.kind === "scored" && failed.warnings],
      [0, ["the query failed: no such column: nick"]],
    );
    assert.equal((await task.score(task.problems[0]!, "no tags")).reward, -2);
  }));

test("BIRD's dev.json: a query that runs and gives something else earns 0.4", () =>
  using(
    { data: json({ question: "Who is five?", db_id: "pets", evidence: "age in years", SQL: question.query }) },
    async (task) => {
      assert.equal((await score(task, "SELECT 1")).reward, 0.4);
      assert.match(task.prompt(task.problems[0]!), "Background: age in years");
    },
  ));

test("without a schema in the data the database tells its own, and no query can change it", () =>
  using({ data: json(question) }, async (task) => {
    assert.match(task.prompt(task.problems[0]!), "CREATE TABLE pets (name TEXT, age INT)");
    assert.equal((await score(task, "DROP TABLE pets")).reward, 0);
    assert.equal((await score(task, question.query)).reward, 1.1);
  }));

test("WikiSQL: one database for all, columns named by their headers", async () => {
  const wiki = new DatabaseSync(join(folder, "dev.db"));
  wiki.exec("CREATE TABLE table_1_2 (col0 TEXT, col1 REAL); INSERT INTO table_1_2 VALUES ('rex', 3), ('tom', 5);");
  wiki.close();
  const [data, tables] = [join(folder, "dev.jsonl"), join(folder, "dev.tables.jsonl")];
  writeFileSync(
    data,
    `${JSON.stringify({ table_id: "1-2", question: "Who is five?", sql: { sel: 0, agg: 0, conds: [[1, 0, 5]] } })}\n`,
  );
  writeFileSync(tables, `${JSON.stringify({ id: "1-2", header: ["Name", "Age"], types: ["text", "real"] })}\n`);
  await using({ data, tables, databases: join(folder, "dev.db") }, async (task) => {
    assert.is(task.family.name, "wikisql");
    assert.equal((await score(task, "SELECT col0 FROM table_1_2 WHERE col1 = 5")).reward, 1.1);
    assert.match(task.prompt(task.problems[0]!), "col1 real -- Age");
  });
});

test("an evaluation's Success@1 is execution accuracy", () =>
  using({ data: json(question) }, async (task) => {
    const writes = (name: string, query: string) => ({ name, rewrite: async () => [query] });
    const measured = [];
    for await (const result of evaluate(
      task,
      [writes("gold", question.query), writes("bad", "SELECT nick FROM pets")],
      { metrics: [successAt(1)] },
    ))
      measured.push([result.system, result.measures["Success@1"], result.warnings]);
    assert.equal(measured, [
      ["gold", 1, undefined],
      ["bad", 0, ["no such column: nick"]],
    ]);
  }));

test("databases that are not there are named, or their questions left out", async () => {
  const data = json(question, { ...question, db_id: "cars" });
  await using({ data }, async () => undefined).then(
    () => assert.unreachable(),
    (error: Error) =>
      assert.match(
        error.message,
        new RegExp(
          String.raw`1 of 2 databases are not in .*: cars\. Add them as NAME/NAME\.sqlite, or pass ` +
            String.raw`\{ missing: "skip" \} to leave out their 1 questions`,
        ),
      ),
  );
  await using({ data, missing: "skip" }, async (task) => assert.is(task.problems.length, 1));
});

const archive = sharedFile("data/sql/spider/database.tar.gz");
if (archive) {
  const databases = join(temporaryFolder(), "database");
  execFileSync("tar", ["xzf", archive, "-C", join(databases, "..")]);
  const validation = sharedFile("data/deepretrieval/spider.val.parquet")!;

  test("Spider: all 1,034 gold queries of the development set equal themselves", () =>
    using({ data: validation, databases, missing: "error" }, async (task) => {
      assert.is(task.problems.length, 1034);
      for (const problem of task.problems)
        assert.is(
          (await task.score(problem, completionAfter(task.prompt(problem), problem.sql!.gold, { key: "sql" }))).reward,
          1.1,
          problem.id,
        );
    }));

  test(
    "Spider's official example predictions: 392 of 1,034 return the gold rows, as Python's sqlite3 counts " + "them",
    () =>
      using({ data: validation, databases }, async (task) => {
        const examples = (name: string) =>
          readFileSync(sharedFile(`data/ref/spider-eval/evaluation_examples/${name}_example.txt`)!, "utf8")
            .trimEnd()
            .split("\n");
        const predicted = examples("pred");
        const any = task.problems[0]!;
        let equal = 0;
        for (const [i, line] of examples("gold").entries()) {
          const [gold, database] = line.split("\t") as [string, string];
          const result = await task.search(
            { ...any, sql: { ...any.sql!, gold, database: database.trim() } },
            predicted[i]!,
          );
          equal += result.hits.length && result.judgments!["result"]!;
        }
        assert.is(equal, 392);
      }),
  );
}

test.run();
