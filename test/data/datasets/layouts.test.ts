import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPassages, readQuestions } from "../../../lib/data/datasets/questions";
import { readReviews } from "../../../lib/data/datasets/reviews";
import { readSqlQuestions, spiderSchema } from "../../../lib/data/datasets/spider";
import { readWikiSql } from "../../../lib/data/datasets/wikisql";
import { sharedFile, temporaryFolder } from "../../fixtures";

const folder = temporaryFolder();
let count = 0;
const file = (content: string): string => {
  const path = join(folder, `${count++}`);
  writeFileSync(path, content);
  return path;
};
const lines = (...rows: readonly object[]): string => file(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const fails = (work: Promise<unknown>, message: RegExp) =>
  work.then(
    () => assert.unreachable(),
    (error: Error) => {
      assert.is(error.name, "CorruptData");
      assert.match(error.message, message);
    },
  );

test("Spider and BIRD questions, each with its columns", async () => {
  const spider = await readSqlQuestions(
    file(JSON.stringify([{ question: "How many?", db_id: "pets", query: "SELECT 1" }])),
  );
  assert.equal(spider, [
    { id: "0", query: "How many?", judgments: {}, sql: { database: "pets", gold: "SELECT 1", schema: "" } },
  ]);
  const bird = await readSqlQuestions(
    file(
      JSON.stringify([
        {
          question_id: 7,
          question: "How many?",
          db_id: "pets",
          evidence: "all",
          SQL: "SELECT 2",
          difficulty: "simple",
        },
      ]),
    ),
  );
  assert.equal(bird, [
    {
      id: "7",
      query: "How many?",
      judgments: {},
      sql: { database: "pets", gold: "SELECT 2", schema: "", knowledge: "all" },
      group: "simple",
    },
  ]);
  await fails(
    readSqlQuestions(file('[{"question": "q", "query": "SELECT 1"}]')),
    /:1: the row has no "db_id"; its columns are question, query/,
  );
  await fails(readSqlQuestions(file("{}")), /not a list/);
  await fails(readSqlQuestions(file("[1]")), /:1: is 1, not an object/);
});

test("Spider's schema text leaves out lines that insert, and is empty without a file", () => {
  mkdirSync(join(folder, "pets"));
  writeFileSync(
    join(folder, "pets", "schema.sql"),
    "\nCREATE TABLE a (x);\nINSERT INTO a VALUES (1);\ninsert into a values (2);\nCREATE TABLE b (y);\n\n",
  );
  assert.is(spiderSchema(folder, "pets"), "CREATE TABLE a (x);\nCREATE TABLE b (y);");
  assert.is(spiderSchema(folder, "none"), "");
});

test("WikiSQL's parts become SQL: aggregate, conditions, lower-case texts, numbers as numbers", async () => {
  const tables = lines({ id: "1-10-2", header: ["Player", "No.", "Score"], types: ["text", "real", "real"] });
  const ask = async (sql: object) =>
    (await readWikiSql(lines({ table_id: "1-10-2", question: "q", sql }), tables))[0]!.sql!;
  assert.is(
    (
      await ask({
        sel: 1,
        agg: 3,
        conds: [
          [0, 0, "O'Neal"],
          [2, 1, "1,000 points"],
        ],
      })
    ).gold,
    "SELECT COUNT(col1) FROM table_1_10_2 WHERE col0 = 'o''neal' AND col2 > 1",
  );
  assert.is(
    (await ask({ sel: 0, agg: 0, conds: [[2, 2, "1,000"]] })).gold,
    "SELECT col0 FROM table_1_10_2 WHERE col2 < 1000",
  );
  assert.is(
    (await ask({ sel: 0, agg: 0, conds: [] })).schema,
    "CREATE TABLE table_1_10_2 (\n  col0 text, -- Player\n  col1 real, -- No.\n  col2 real -- Score\n)",
  );
  await fails(ask({ sel: 9, agg: 0, conds: [] }), /names column 9 of 3/);
  await fails(ask({ agg: 0 }), /not \{ sel, agg, conds \}/);
  await fails(readWikiSql(lines({ table_id: "2", question: "q", sql: {} }), tables), /the table 2 is not in/);
});

test("open questions bring their answers; one without answers is refused", async () => {
  assert.equal(
    await readQuestions(
      lines({ question: "who?", answers: ["Ada"] }, { id: "x", question: "who?", answer: "Ada Lovelace" }),
    ),
    [
      { id: "0", query: "who?", judgments: {}, answers: ["Ada"] },
      { id: "x", query: "who?", judgments: {}, answers: ["Ada Lovelace"] },
    ],
  );
  await fails(readQuestions(lines({ question: "who?", answers: [] })), /"who\?" has no answer/);
  await fails(readQuestions(lines({ question: "who?" })), /the row has no "answers"/);
});

test("the subsets of MS MARCO name the passages that answer", async () => {
  assert.equal(await readQuestions(lines({ question: "scars?", docs_id: ["7", "8"] })), [
    { id: "0", query: "scars?", judgments: { 7: 1, 8: 1 } },
  ]);
});

test("passages come in BEIR's and in Anserini's columns", async () => {
  assert.equal(
    await readPassages(
      lines(
        { _id: "a", title: "T", text: "x" },
        { id: "b", contents: '"U"\ny z' },
        { docid: "c", contents: "only text" },
      ),
    ),
    [
      { id: "a", title: "T", text: "x" },
      { id: "b", title: "U", text: "y z" },
      { id: "c", title: "", text: "only text" },
    ],
  );
  await fails(readPassages(lines({ id: "a", title: "T" })), /the row has no "text"/);
});

test("reviews are asked in four lines; those that included nothing are left out", async () => {
  const pico = { P: "a", I: "b", C: "c", O: "d" };
  const [review, ...others] = await readReviews(
    lines(
      { id: "1", pico, publication_pmids: ["9"], pub_date: "2010/01/02" },
      { id: "2", pico, publication_pmids: [] },
    ),
  );
  assert.equal(review, {
    id: "1",
    query: "P: a\nI: b\nC: c\nO: d\n",
    pico,
    judgments: { 9: 1 },
    maxDate: "2010/01/02",
  });
  assert.is(others.length, 0);
  await fails(readReviews(lines({ id: "1", pico: { P: "a" }, trial_nctids: ["NCT1"] })), /"pico" has no text under I/);
});

const spiderDev = sharedFile("data/sql/spider/dev.json.gz");
if (spiderDev) {
  test("Spider's and BIRD's files read whole", async () => {
    assert.is((await readSqlQuestions(spiderDev)).length, 610);
    assert.is((await readSqlQuestions(sharedFile("data/sql/bird/dev.json.gz")!)).length, 1534);
  });
  test("NQ and TriviaQA read whole: the published numbers of questions", async () => {
    const sizes = await Promise.all(
      ["nq.test", "nq.dev", "triviaqa.test", "triviaqa.dev", "squad11.dev"].map(
        async (name) => (await readQuestions(sharedFile(`data/qa/${name}.jsonl.gz`)!)).length,
      ),
    );
    assert.equal(sizes, [3610, 8757, 11313, 8837, 10570]);
  });
}

test.run();
