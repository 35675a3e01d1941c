import { test } from "uvu";
import * as assert from "uvu/assert";
import { ndcg, ndcgAt } from "../../lib/metrics/ndcg";

const ranking = (...ids: string[]) => ids.map((docId, i) => ({ docId, score: -i }));
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

test("nDCG discounts a grade by the logarithm of its rank, and divides by the best ranking", () => {
  near(ndcg(ranking("x", "a"), { a: 1 }), 1 / Math.log2(3)); // the one relevant document at rank 2
  near(ndcg(ranking("b", "a"), { a: 2, b: 1 }), (1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3)));
});

test("the best ranking is cut at k, too", () => {
  near(ndcgAt(1).measure(ranking("a"), { a: 1, b: 1, c: 1 }), 1);
  near(ndcgAt(2).measure(ranking("x", "y", "a"), { a: 1 }), 0);
});

test("grades below 1 gain nothing, and a document listed twice gains once", () => {
  near(ndcg(ranking("n", "z", "a"), { a: 1, n: -1, z: 0 }), 1 / Math.log2(4));
  near(ndcg(ranking("a", "a"), { a: 1, b: 1 }), 1 / (1 + 1 / Math.log2(3)));
});

test("nothing found, or nothing to find, is 0", () => {
  assert.is(ndcg([], { a: 1 }), 0);
  assert.is(ndcg(ranking("a"), { a: 0 }), 0);
});

test("the column is named as ir_measures names it", () => {
  assert.equal(
    [ndcgAt(10), ndcgAt(Infinity)].map(({ name }) => name),
    ["nDCG@10", "nDCG"],
  );
  assert.throws(() => ndcgAt(0), /whole number of hits/);
});

test("an exponential gain is 2^grade − 1, and has ir_measures' name", () => {
  const metric = ndcgAt(10, { gain: "exponential" });
  // b (grade 1), a (grade 3): (1 + 7/log₂3) / (7 + 1/log₂3)
  assert.is(
    metric.measure(
      [
        { docId: "b", score: 2 },
        { docId: "a", score: 1 },
      ],
      { a: 3, b: 1 },
    ),
    (1 + 7 / Math.log2(3)) / (7 + 1 / Math.log2(3)),
  );
  assert.is(metric.name, "nDCG(dcg='exp-log2')@10");
});

test.run();
