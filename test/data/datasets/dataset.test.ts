import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDataset } from "../../../lib/data/datasets/dataset";
import { jsonlFile, sharedFile } from "../../fixtures";

const fails = (path: string, message: RegExp) =>
  readDataset(path).then(
    () => assert.unreachable("read it"),
    (error: Error) => {
      assert.is(error.name, "CorruptData");
      assert.match(error.message, message);
    },
  );

test("a review question brings its parts, its date and its studies", async () => {
  const input = "P: adults\nI: aspirin\nC: placebo\nO: death\n";
  const [example] = await readDataset(
    jsonlFile({
      data_source: "pubmed",
      input,
      label: ["11", "12", "11"],
      pub_date: "2012/05/16",
      extra_info: { index: 7, split: "test" },
    }),
  );
  assert.equal(example, {
    source: "pubmed",
    split: "test",
    fields: { input },
    problem: {
      id: "pubmed/test/7",
      query: input,
      judgments: { 11: 1, 12: 1 },
      pico: { P: "adults", I: "aspirin", C: "placebo", O: "death" },
      maxDate: "2012/05/16",
    },
  });
});

test("labels of NQ, TriviaQA and SQuAD are answers; those of MS MARCO are passages", async () => {
  const [nq, marco] = await readDataset(
    jsonlFile(
      { data_source: "nq_serini", input: "who?", label: ["Ada"] },
      { data_source: "msmarco_sparse_test", input: "scars", label: ["7426142"] },
    ),
  );
  assert.equal([nq!.problem.answers, nq!.problem.judgments], [["Ada"], {}]);
  assert.equal(marco!.problem.judgments, { 7426142: 1 });
});

test("BEIR rows bring grades; SciFact's single document is a list of one", async () => {
  const [graded, single] = await readDataset(
    jsonlFile(
      { data_source: "nfcorpus_test", qid: "q1", query: "statins", target: ["d1", "d2"], score: [2, 1] },
      { data_source: "scifact_test", qid: "1", query: "claim", target: "31715818", label: 1 },
    ),
  );
  assert.equal([graded!.problem.id, graded!.problem.judgments], ["q1", { d1: 2, d2: 1 }]);
  assert.equal(single!.problem.judgments, { 31715818: 1 });
});

test("questions to databases bring the gold query, BIRD's the knowledge", async () => {
  const [bird] = await readDataset(
    jsonlFile({ data_source: "bird_test", question: "How many?", db_id: "financial", knowledge: "k", sql: "SELECT 1" }),
  );
  assert.equal(
    [bird!.problem.sql, bird!.fields],
    [
      { database: "financial", gold: "SELECT 1", schema: "", knowledge: "k" },
      { knowledge: "k", question: "How many?" },
    ],
  );
});

test("a missing column is named, with the row and the columns that are there", async () => {
  await fails(
    jsonlFile({ data_source: "pubmed", input: "x", label: ["1"] }, { data_source: "pubmed", input: "x" }),
    /\.jsonl:2: the row has no "label"; its columns are data_source, input\. Add the column "label"/,
  );
  await fails(jsonlFile({ qid: "1", query: "q" }), /:1: the row has no "target"/);
  await fails(jsonlFile({ question: "q", sql: "SELECT 1" }), /:1: the row has no "db_id"/);
  await fails(jsonlFile({ text: "x" }), /:1: the row has no "input"; its columns are text/);
});

test("columns of the wrong kind and contradicting grades are named", async () => {
  await fails(jsonlFile({ input: { a: 1 }, label: ["1"] }), /"input" is \{"a":1\}, not text/);
  await fails(
    jsonlFile({ qid: "1", query: "q", target: ["a", "b"], score: [1] }),
    /2 documents in "target" but 1 grades/,
  );
  await fails(
    jsonlFile({ qid: "1", query: "q", target: ["a"], score: ["high"] }),
    /"score" is \["high"\], not a list of whole numbers/,
  );
  await fails(
    jsonlFile({ qid: "1", query: "q", target: ["a", "a"], score: [1, 2] }),
    /document a has grade 2 and grade 1/,
  );
  await fails(
    jsonlFile({ input: "x", label: ["1"], prompt: [{ content: "a" }, { content: "b" }] }),
    /"prompt" holds 2 messages/,
  );
});

const shared = sharedFile("data/deepretrieval");
if (shared) {
  test("every parquet file of DeepRetrieval loads, with the sizes of its documentation", async () => {
    const sizes: Record<string, number> = {};
    for (const name of readdirSync(shared)) {
      const examples = await readDataset(join(shared, name));
      sizes[name.replace(".parquet", "")] = examples.length;
      for (const { problem, prompt } of examples)
        assert.ok(
          prompt && (Object.keys(problem.judgments).length || problem.answers?.length || problem.sql),
          `${name}: ${problem.id}`,
        );
    }
    assert.equal(sizes, {
      "bird.test": 1534,
      "ctgov.test_full": 1692,
      "ctgov.train": 5074,
      "ctgov_32.test_full": 1692,
      "fever.test": 6666,
      "fiqa.test": 648,
      "fiqa.train": 5500,
      "hotpotqa.test": 7405,
      "msmarco_beir.test": 43,
      "msmarco_health.test": 2034,
      "nfcorpus.test": 323,
      "nfcorpus.train": 2590,
      "nq_serini.test": 3610,
      "nq_serini.val": 201,
      "pmd_no_reason.test_full": 4116,
      "pubmed.test_full": 4217,
      "pubmed_32.test_full": 4217,
      "scifact.test": 339,
      "scifact.train": 818,
      "scifact_dense.test": 339,
      "spider.test": 2147,
      "spider.val": 1034,
      "squad.test": 10570,
      "triviaqa.val": 201,
    });
  });
}

test.run();
