import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../lib/core/records";
import { readDataset } from "../../lib/data/datasets/dataset";
import { readQuestions } from "../../lib/data/datasets/questions";
import { writeRows } from "../../lib/data/datasets/rows";
import { readSqlQuestions } from "../../lib/data/datasets/spider";
import { learnTemplate, renderPrompt, slotsOf } from "../../lib/prompts/learned";
import { prepare } from "../../lib/tasks/prepare";
import { sharedFile, temporaryFolder } from "../fixtures";

const ask = (id: string, query = id, answers = ["a"]): Problem => ({ id, query, judgments: {}, answers });
const many = (n: number, name = "q") => Array.from({ length: n }, (_, i) => ask(`${name}${i}`));
const ids = (problems: readonly Problem[]) => problems.map(({ id }) => id).sort();

test("safe: what the test has leaves validation and training, what validation has leaves training", () => {
  const { splits, report } = prepare("nq_serini", {
    train: [ask("1"), ask("2", "B?"), ask("3", "c")],
    dev: [ask("4", "b"), ask("5", "d")],
    test: [ask("6", "C"), ask("7", "D!"), ask("8", "d", ["z"])],
  });
  assert.equal([ids(splits.train), ids(splits.validation), ids(splits.test)], [["1"], ["4"], ["6", "7"]]);
  assert.equal([report.leaking, report.repeated, report.sizes], [3, 1, { train: 1, validation: 1, test: 2 }]);
  assert.equal(
    report.leaks.map(({ splits, shared }) => [splits, shared]),
    [
      ["train / validation", 1],
      ["train / test", 1],
      ["validation / test", 2],
    ],
  );
  assert.equal(splits.test[1]!.answers, ["a", "z"]); // repeats are one question with all answers
});

test("safe: without a development set validation is drawn from training, the same for one seed", () => {
  const of = (seed: number) =>
    prepare(
      "pubmed",
      {
        train: many(50).map(({ answers, ...problem }) => ({ ...problem, judgments: { d: 1 } })),
        test: [{ id: "t", query: "t", judgments: { d: 1 } }],
      },
      { validation: 10, seed },
    );
  assert.equal([of(1).splits.train.length, of(1).splits.validation.length], [40, 10]);
  assert.equal(ids(of(1).splits.validation), ids(of(1).splits.validation));
  assert.not.equal(ids(of(1).splits.validation), ids(of(2).splits.validation));
});

test("reference: validation is made as data_preprocess/ makes it, and the report says how much of it is test", () => {
  const made = (source: string, dev = many(300, "d"), testSet = many(300, "t")) => {
    const { splits, report } = prepare(source, { dev, test: testSet }, { rules: "reference" });
    return [splits.validation.length, report.leaks.find(({ splits }) => splits === "validation / test")?.shared ?? 0];
  };
  assert.equal(made("nq_serini"), [201, 0]);
  assert.equal(made("squad"), [201, 201]);
  const documents = (name: string) =>
    many(300, name).map(({ answers, ...problem }) => ({ ...problem, judgments: { d: 1 } }));
  assert.equal(made("nfcorpus", documents("d"), documents("t")), [600, 300]);
  assert.equal(made("ctgov", [], documents("t")), [101, 101]);
  const queries = (name: string) =>
    documents(name).map((problem) => ({ ...problem, sql: { database: "x", gold: "SELECT 1", schema: "" } }));
  assert.equal(made("bird", queries("d"), queries("t")), [100, 100]);
  assert.equal(made("spider", queries("d"), queries("t")), [300, 0]);
});

test("what cannot be solved and what is too long to train on is left out, and counted", () => {
  const sql = (id: string): Problem => ({
    id,
    query: id,
    judgments: {},
    sql: { database: "x", gold: "SELECT 1", schema: "" },
  });
  const { splits, report } = prepare(
    "bird",
    { train: [sql("short"), sql("long")], test: [sql("t"), { id: "none", query: "n", judgments: {} }] },
    { validation: 0, prompt: ({ id }) => (id === "long" ? "word ".repeat(1001) : "word") },
  );
  assert.equal([ids(splits.train), report.long, report.unsolvable], [["short"], 1, 1]);
});

test("rows read back as the problems they were made of", async () => {
  const graded: Problem = { id: "q1", query: "statins", judgments: { 7: 1, a: 2 } };
  const { rows } = prepare(
    "nfcorpus",
    { train: [graded], test: [{ ...graded, id: "q2", query: "other" }] },
    { validation: 0, prompt: ({ query }) => `Find ${query}` },
  );
  const [file] = writeRows(temporaryFolder(), rows);
  assert.equal(await readDataset(file!), [
    { source: "nfcorpus_train", split: "train", problem: graded, prompt: "Find statins", fields: { query: "statins" } },
  ]);
  assert.equal(rows.train[0]!["target"], ["a", "7"]); // best grade first
});

const published = (name: string) => sharedFile(`data/deepretrieval/${name}.parquet`);
/** How many of `made` are not in `wanted`, each counted as often as it is there. */
function unlike(made: readonly string[], wanted: readonly string[]): number {
  const left = new Map<string, number>();
  for (const row of wanted) left.set(row, (left.get(row) ?? 0) + 1);
  return made.filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count < 1;
  }).length;
}

if (published("squad.test")) {
  test(
    "SQuAD's test of the reference is what preparing its raw questions gives, prompts and all; it repeats " + "answers",
    async () => {
      const examples = await readDataset(published("squad.test")!);
      const template = learnTemplate(examples.map(({ prompt, fields }) => ({ prompt: prompt!, fields })));
      const { rows } = prepare(
        "squad",
        { test: await readQuestions(sharedFile("data/qa/squad11.dev.jsonl.gz")!) },
        { rules: "reference", prompt: ({ query }) => renderPrompt(template, { input: query }) },
      );
      const key = (label: readonly string[], prompt: string) => JSON.stringify([[...new Set(label)].sort(), prompt]);
      const made = rows.test.map((row) =>
        key(row["label"] as string[], (row["prompt"] as { content: string }[])[0]!.content),
      );
      assert.is(
        unlike(
          made,
          examples.map(({ problem, prompt }) => key(problem.answers!, prompt!)),
        ),
        0,
      );
    },
  );

  test(
    "BIRD's test of the reference is its dev.json, prompts and all, but for 9 questions that BIRD has since " +
      "reworded",
    async () => {
      const examples = await readDataset(published("bird.test")!);
      const rows = examples.map(({ prompt, fields }) => ({ prompt: prompt!, fields }));
      const template = learnTemplate(rows);
      const schemas = new Map(
        examples.map(({ problem }, i) => [problem.sql!.database, slotsOf(template, rows[i]!)!["schema"]!]),
      );
      const prompt = ({ query, sql }: Problem) =>
        renderPrompt(template, { schema: schemas.get(sql!.database)!, knowledge: sql!.knowledge!, question: query });
      const made = prepare(
        "bird",
        { test: await readSqlQuestions(sharedFile("data/sql/bird/dev.json.gz")!) },
        { rules: "reference", prompt },
      ).rows.test;
      assert.is(
        unlike(
          made.map((row) => (row["prompt"] as { content: string }[])[0]!.content),
          examples.map((example) => example.prompt!),
        ),
        9,
      );
    },
  );
}

test.run();
