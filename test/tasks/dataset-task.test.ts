import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SearchEngine, SqlDatabase } from "../../lib/core/roles";
import { readDataset } from "../../lib/data/datasets/dataset";
import { completionAfter } from "../../lib/prompts/templates";
import { spansOf } from "../../lib/rewards/spans";
import { datasetTask } from "../../lib/tasks/dataset-task";
import { jsonlFile, sharedFile } from "../fixtures";

const finds = (...docIds: readonly string[]): SearchEngine => ({
  name: "fake",
  search: async (_, k) => ({
    hits: docIds.slice(0, k).map((docId) => ({ docId, score: 1 })),
    total: docIds.length,
    warnings: [],
  }),
});

test("each family is rewarded by its own rules, chosen by data_source", async () => {
  const first = async (task: Awaited<ReturnType<typeof datasetTask>>, query = "x") =>
    task.score(task.problems[0]!, completionAfter(task.prompt(task.problems[0]!), query, { key: task.family.key }));
  // 7 of 10 studies: recall 0.7 earns 5, and 1 for the form
  const trials = await datasetTask(
    jsonlFile({ data_source: "ctgov", input: "asthma", label: Array.from("abcdefghij") }),
    { engine: finds(...Array.from("abcdefg")) },
  );
  assert.is((await first(trials)).reward, 6);
  // the answer is in the second passage: rank at most 5 earns 5, and 1 for the form
  const open = await datasetTask(jsonlFile({ data_source: "nq_serini", input: "who?", label: ["Ada"] }), {
    engine: finds("1", "2"),
    spans: spansOf((id) => (id === "2" ? "by Ada" : "nobody")),
  });
  assert.is((await first(open)).reward, 6);
  assert.equal((await open.search(open.problems[0]!, "x")).judgments, { 1: 0, 2: 1 });
  // nDCG@10 of the one relevant document at rank 2 is 1 / log2(3); 0.1 for the form
  const beir = await datasetTask(
    jsonlFile({ data_source: "scifact_test", qid: "1", query: "claim", target: "b", label: 1 }),
    { engine: finds("a", "b") },
  );
  assert.is((await first(beir)).reward, 0.1 + 1 / Math.log2(3));
  // the same rows as the gold query: 1, and 0.1 for the form
  const database: SqlDatabase = {
    name: "pets",
    execute: async (sql) =>
      sql.includes("x") ? { kind: "failed", message: "no such column: x" } : { kind: "rows", rows: [[1]] },
  };
  const sql = await datasetTask(
    jsonlFile({ data_source: "spider_val", question: "How many?", db_id: "pets", sql: "SELECT 1" }),
    { databases: () => database },
  );
  assert.equal([(await first(sql, "SELECT 1")).reward, (await first(sql, "SELECT x")).reward], [1.1, 0]);
  assert.equal((await sql.search(sql.problems[0]!, "SELECT 1")).judgments, { result: 1 });
});

test("rows of one question are one problem with all judgments", async () => {
  const row = { data_source: "scifact_test", qid: "1", query: "claim", label: 1 };
  const task = await datasetTask(jsonlFile({ ...row, target: "a" }, { ...row, target: "b" }), { engine: finds() });
  assert.equal(
    task.problems.map(({ judgments }) => judgments),
    [{ a: 1, b: 1 }],
  );
});

test("with the reference profile rows stay rows, as DeepRetrieval scores them", async () => {
  const row = { data_source: "scifact_test", qid: "1", query: "claim", label: 1 };
  const task = await datasetTask(jsonlFile({ ...row, target: "a" }, { ...row, target: "b" }), {
    engine: finds(),
    profile: "reference",
  });
  assert.equal(
    task.problems.map(({ id, judgments }) => [id, judgments]),
    [
      ["1", { a: 1 }],
      ["1#2", { b: 1 }],
    ],
  );
});

test("PubMed's rows limit the date of a search, ctgov's do not unless asked to", async () => {
  const limits = async (data_source: string, options = {}) =>
    (
      await datasetTask(jsonlFile({ data_source, input: "x", label: ["1"], pub_date: "2010/01/02" }), {
        engine: finds(),
        ...options,
      })
    ).problems[0]!.maxDate;
  assert.equal(
    [
      await limits("pubmed"),
      await limits("ctgov"),
      await limits("ctgov", { dates: true }),
      await limits("pubmed", { dates: false }),
    ],
    ["2010/01/02", undefined, "2010/01/02", undefined],
  );
});

test("the data's own prompts are used, for new questions too; ours on request", async () => {
  const asked = (input: string) => ({
    data_source: "pubmed",
    input,
    label: ["1"],
    prompt: [{ role: "user", content: `Find: ${input}\nAssistant: <think>\n` }],
  });
  const file = jsonlFile(asked("aspirin"), asked("stroke"));
  const task = await datasetTask(file, { engine: finds() });
  assert.is(task.prompt({ id: "new", query: "asthma", judgments: {} }), "Find: asthma\nAssistant: <think>\n");
  assert.match(
    (await datasetTask(file, { engine: finds(), prompts: "own" })).prompt(task.problems[0]!),
    /medical librarian.*<think>$/s,
  );
});

test("rows whose prompts ask for no reasoning are not punished for giving none, whatever their name says", async () => {
  // ctgov's rows without reasoning bear data_source "ctgov": the reference demands <think> of them and always pays −4
  const asked = (input: string) => ({
    data_source: "ctgov",
    input,
    label: ["a"],
    prompt: `Find: ${input}\nHere's the query:\n`,
  });
  const file = jsonlFile(asked("aspirin"), asked("stroke"));
  const answer = '<answer>{"query": "x"}</answer>';
  for (const profile of ["safe", "reference"] as const) {
    const task = await datasetTask(file, { engine: finds("a"), profile });
    assert.is((await task.score(task.problems[0]!, answer)).reward, 6);
  }
});

const fails = (work: Promise<unknown>, message: RegExp) =>
  work.then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, message),
  );

test("what a family needs and does not get is named; so are mixed and unknown families", async () => {
  await fails(
    datasetTask(jsonlFile({ data_source: "nq_serini", input: "who?", label: ["Ada"] }), { engine: finds() }),
    /spans is missing; without it no query of the nq_serini family/,
  );
  await fails(datasetTask(jsonlFile({ data_source: "pubmed", input: "x", label: ["1"] })), /engine is missing/);
  await fails(
    datasetTask(
      jsonlFile(
        { data_source: "pubmed", input: "x", label: ["1"] },
        { data_source: "squad", input: "x", label: ["1"] },
      ),
      { engine: finds() },
    ),
    /holds pubmed and squad, which are rewarded differently/,
  );
  await fails(
    datasetTask(jsonlFile({ data_source: "mystery", input: "x", label: ["1"] }), { engine: finds() }),
    /no family of rewards is known for data_source "mystery"/,
  );
  await fails(datasetTask("nowhere.parquet"), /nowhere\.parquet does not exist \(looked for /);
});

const spider = sharedFile("data/deepretrieval/spider.val.parquet");
if (spider) {
  test("a published file is a task whose prompts are its own, byte for byte", async () => {
    const database: SqlDatabase = { name: "any", execute: async () => ({ kind: "rows", rows: [] }) };
    const task = await datasetTask(spider, { databases: () => database });
    const examples = await readDataset(spider);
    assert.is(task.problems.length, 1034);
    for (const [i, problem] of task.problems.entries()) assert.is(task.prompt(problem), examples[i]!.prompt);
    // those the reference has no schema for
    assert.ok(task.problems.filter(({ sql }) => sql!.schema === "").length === 135);
  });
}

test.run();
