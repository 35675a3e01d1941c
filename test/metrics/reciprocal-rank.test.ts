import { test } from "uvu";
import * as assert from "uvu/assert";
import { reciprocalRank, reciprocalRankAt } from "../../lib/metrics/reciprocal-rank";

const ranking = (...ids: string[]) => ids.map((docId, i) => ({ docId, score: -i }));

test("the first relevant hit at rank 4 is worth a quarter", () => {
  assert.is(reciprocalRank.measure(ranking("x", "e", "y", "a", "b"), { a: 1, b: 2, e: 0 }), 1 / 4);
});

test("no relevant hit is worth nothing", () => {
  assert.is(reciprocalRank.measure(ranking("x"), { a: 1 }), 0);
  assert.is(reciprocalRank.measure([], { a: 1 }), 0);
});

test("with a cut-off, a first relevant hit below it is worth nothing", () => {
  assert.is(reciprocalRankAt(2).measure(ranking("x", "a"), { a: 1 }), 1 / 2);
  assert.is(reciprocalRankAt(1).measure(ranking("x", "a"), { a: 1 }), 0);
  assert.is(reciprocalRankAt(10).name, "RR@10");
});

test.run();
