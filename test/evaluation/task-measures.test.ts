import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Task } from "../../lib/core/roles";
import { originalQuery } from "../../lib/evaluation/systems/baselines";
import { evaluate } from "../../lib/evaluation/evaluate";
import { summary } from "../../lib/evaluation/frames/frames";
import { report } from "../../lib/notebook/run-report/training-report";
import { means } from "../../lib/evaluation/statistics/summarise";
import { familyOf } from "../../lib/rewards/families";
import { beir } from "../../lib/tasks/beir";
import { evidence } from "../../lib/tasks/evidence";
import { pubmed } from "../../lib/tasks/pubmed";
import { task } from "../../lib/tasks/task";
import { jsonlFile, temporaryFolder } from "../fixtures";

/** A task says what it is about; `evaluate`, `summary` and `means` show it without being told. */

const resultsOf = async (of: Task) => {
  const results = [];
  for await (const result of evaluate(of, [originalQuery])) results.push(result);
  return results;
};
const columns = async (of: Task): Promise<string[]> =>
  summary(await resultsOf(of))
    .columns.slice(3)
    .filter((name) => !/ (low|high)$/.test(name));

const shelf = {
  name: "shelf",
  search: async (query: string, k: number) => ({
    hits: ["a", "b"].slice(0, k).map((docId) => ({ docId, score: 1 })),
    total: 2,
    warnings: query === "odd" ? ["odd"] : [],
  }),
};
const problems = [
  { id: "1", query: "b first", judgments: { b: 1 } },
  { id: "2", query: "  ", judgments: { a: 1 } },
];

test("literature search: recall, with its k", async () => {
  assert.equal(await columns(await pubmed({ split: "test", limit: 2 })), ["R@50"]);
  assert.equal(await columns(await pubmed({ split: "test", limit: 2, k: 7 })), ["R@7"]);
  const trials = task({
    name: "ctgov",
    family: familyOf("ctgov"),
    problems,
    prompt: () => "<think>",
    engine: shelf,
  });
  assert.equal(await columns(trials), ["R@3000"]);
});

test("BEIR: nDCG@10, whatever the cut-off of the training reward, or less where fewer hits are looked at", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "qrels"));
  writeFileSync(join(folder, "corpus.jsonl"), '{"_id":"a","text":"warm boots"}\n{"_id":"b","text":"cold boots"}\n');
  writeFileSync(join(folder, "queries.jsonl"), '{"_id":"q","text":"cold boots"}\n');
  for (const split of ["test", "train"])
    writeFileSync(join(folder, `qrels/${split}.tsv`), "query-id\tcorpus-id\tscore\nq\tb\t1\n");
  assert.equal(means(await resultsOf(await beir({ folder, source: "nfcorpus" }))), { "question as typed": 1 });
  for (const [options, name] of [
    [{}, "nDCG@10"],
    [{ split: "train" }, "nDCG@10"],
    [{ k: 5 }, "nDCG@5"],
  ] as const)
    assert.equal(await columns(await beir({ folder, source: "nfcorpus", ...options })), [name]);
});

test("open questions: Hits@k of passages that hold an answer", async () => {
  const data = jsonlFile({ id: "1", question: "where is the tower", answers: ["Paris"] });
  const passages = [
    { id: "x", title: "", text: "where is the tower of London" },
    { id: "y", title: "", text: "the tower stands in Paris" },
  ];
  const squad = await evidence({ data, passages, source: "squad" });
  const [result] = await resultsOf(squad);
  // the first passage shares more words and holds no answer
  assert.equal(result!.measures, { "Hits@20": 1, "Hits@5": 1, "Hits@1": 0 });
  assert.equal(
    squad.metrics?.map(({ name }) => name),
    ["Hits@20", "Hits@5", "Hits@1"],
  );
  assert.equal(
    (await evidence({ data, passages, source: "squad", k: 3 })).metrics?.map(({ name }) => name),
    ["Hits@3", "Hits@1"],
  );
});

test("questions to databases: execution accuracy", async () => {
  const databases = () => ({
    name: "db",
    execute: async (sql: string) => ({ kind: "rows" as const, rows: [[sql.includes("1") ? 1 : 2]] }),
  });
  const question = (id: string, query: string) => ({
    id,
    query,
    judgments: {},
    sql: { database: "db", gold: "SELECT 1", schema: "" },
  });
  const spider = task({
    name: "spider",
    family: familyOf("spider"),
    problems: [question("1", "SELECT 1"), question("2", "SELECT 2")],
    prompt: () => "<think>",
    databases,
  });
  assert.equal(means(await resultsOf(spider)), { "question as typed": 0.5 });
  assert.equal(await columns(spider), ["execution accuracy"]);
});

test("a task of one's own: its score, also of what needs more than the ranking; else nDCG@10", async () => {
  const plain = task({ name: "mine", problems, engine: shelf });
  assert.equal(await columns(plain), ["nDCG@10", "R@100"]);
  const scored = task({
    name: "mine",
    problems,
    engine: shelf,
    score: async ({ query, hits, total }) => query.length + hits.length + total,
  });
  assert.equal(
    (await resultsOf(scored)).map(({ measures }) => measures["score"]),
    [11, 0],
  ); // "b first" + 2 + 2; nothing was asked
  assert.equal(await columns(scored), ["score", "nDCG@10", "R@100"]);
  assert.equal(Object.keys(means(await resultsOf(scored))), ["question as typed"]);
});

test("a report says what its recall is a mean of", () => {
  const figures = {
    backend: "cpu",
    seconds: 1,
    recall: { typed: 0.1, before: 0.2, after: 0.3 },
    p: 0.5,
    steps: 1,
    seed: 1,
  };
  const text = (record: object): string =>
    (record as Record<symbol, () => Record<string, string>>)[Symbol.for("Jupyter.display")]!()["text/plain"]!;
  assert.match(text(report({ ...figures, measure: "R@50" })), /^system +R@50\n/);
  assert.match(text(report(figures)), /^system +recall\n/);
});

test.run();
