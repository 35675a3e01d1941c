import { test } from "uvu";
import * as assert from "uvu/assert";
import { averagePrecision, averagePrecisionAt } from "../../lib/metrics/average-precision";

const ranking = (...ids: string[]) => ids.map((docId, i) => ({ docId, score: -i }));

test("average precision is the mean of the precisions where a relevant document is found", () => {
  assert.is(averagePrecision(ranking("a", "x", "b"), { a: 1, b: 2, x: 0 }), (1 / 1 + 2 / 3) / 2);
});

test("relevant documents that were not found count as 0", () => {
  assert.is(averagePrecision(ranking("x", "a"), { a: 1, b: 1 }), 1 / 2 / 2);
  assert.is(averagePrecisionAt(1).measure(ranking("x", "a"), { a: 1 }), 0);
});

test("a document listed twice counts once", () => {
  assert.is(averagePrecision(ranking("a", "a", "b"), { a: 1, b: 1 }), (1 + 2 / 3) / 2);
});

test("nothing found, or nothing to find, is 0", () => {
  assert.is(averagePrecision([], { a: 1 }), 0);
  assert.is(averagePrecision(ranking("a"), { a: 0 }), 0);
});

test("the column is named as ir_measures names it", () => {
  assert.equal(
    [averagePrecisionAt(Infinity), averagePrecisionAt(100)].map(({ name }) => name),
    ["AP", "AP@100"],
  );
});

test.run();
