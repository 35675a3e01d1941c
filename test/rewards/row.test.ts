import { test } from "uvu";
import * as assert from "uvu/assert";
import { readRow } from "../../lib/rewards/row";

const row = {
  data_source: "pubmed",
  solution_str: 'p\nAssistant: <think>t</think><answer>{"query":"a"}</answer>',
  ground_truth: { target: ["1", "2"] },
};

test("a row of verl's is a family, a turn and a gold", () => {
  const { family, turn, gold } = readRow({ ...row, extra_info: { index: 3 } }, "rows:1");
  assert.is(family.name, "pubmed");
  assert.is(turn, '<think>t</think><answer>{"query":"a"}</answer>');
  assert.equal(gold, { kind: "documents", ids: ["1", "2"], grades: [1, 1] });
});

test("each family finds its gold in the same place", () => {
  assert.equal(readRow({ ...row, data_source: "scifact_test", ground_truth: { target: "d1" } }, "").gold, {
    kind: "documents",
    ids: ["d1"],
    grades: [1],
  });
  assert.equal(
    readRow({ ...row, data_source: "nfcorpus_test", ground_truth: { target: [7, 8], score: [2, 1] } }, "").gold,
    { kind: "documents", ids: ["7", "8"], grades: [2, 1] },
  );
  assert.equal(readRow({ ...row, data_source: "squad", ground_truth: { target: ["Marie Curie"] } }, "").gold, {
    kind: "answers",
    answers: ["Marie Curie"],
  });
  assert.equal(
    readRow(
      { ...row, data_source: "bird_test", ground_truth: { target: "SELECT 1" }, extra_info: { db_path: "a.sqlite" } },
      "",
    ).dbPath,
    "a.sqlite",
  );
});

test("a publication date stands beside the columns or in extra_info", () => {
  assert.is(readRow({ ...row, pub_date: "2010/05/01" }, "").maxDate, "2010/05/01");
  assert.is(readRow({ ...row, extra_info: { pub_date: "2010/05/01" } }, "").maxDate, "2010/05/01");
});

test("null is kept apart from an empty result", () => {
  assert.is(readRow({ ...row, retrieved: null }, "").retrieved, null);
  assert.equal(readRow({ ...row, retrieved: [] }, "").retrieved, []);
  assert.is(readRow(row, "").retrieved, undefined);
});

test("a missing or wrong column is named, with the place of the row", () => {
  const bad: readonly (readonly [object, RegExp])[] = [
    [{ data_source: undefined }, /rows:7: the row has no "data_source"/],
    [{ solution_str: undefined }, /no "solution_str"/],
    [{ solution_str: 3 }, /"solution_str" is 3/],
    [{ ground_truth: undefined }, /no "ground_truth"/],
    [{ ground_truth: {} }, /no "ground_truth.target"/],
    [{ ground_truth: { target: [null] } }, /"ground_truth.target" is \[null\]/],
    [
      { ground_truth: { target: ["1", "2"], score: [1] } },
      /"ground_truth.score" is \[1\]. It must be a list of 2 numbers/,
    ],
    [{ data_source: "spider_test" }, /"ground_truth.target" is \["1","2"\]. It must be the gold SQL/],
    [{ data_source: "wine" }, /data_source "wine"/],
    [{ retrieved: "abc" }, /"retrieved" is "abc"/],
    [{ schema: 1 }, /"schema" is 1/],
  ];
  for (const [change, message] of bad) assert.throws(() => readRow({ ...row, ...change }, "rows:7"), message);
});

test.run();
