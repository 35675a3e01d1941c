import { test } from "uvu";
import * as assert from "uvu/assert";
import { recall, recallAt, setRecall } from "../../lib/metrics/recall";

const ranking = (...ids: string[]) => ids.map((docId, i) => ({ docId, score: -i }));
const judgments = { a: 1, b: 2, c: 1, d: 1, e: 0 };

test("recall is the found share of the relevant documents, grade 0 not among them", () => {
  assert.is(recall(ranking("a", "x", "b", "e"), judgments), 0.5); // a, b of a, b, c, d
});

test("only the first k hits count", () => {
  assert.is(recallAt(1).measure(ranking("a", "b"), judgments), 0.25); // a of 4
  assert.is(setRecall.measure(ranking("a", "b"), judgments), 0.5);
});

test("a document listed twice counts once", () => {
  assert.is(recall(ranking("a", "a", "a"), judgments), 0.25);
});

test("no hits, or nothing to find, is recall 0", () => {
  assert.is(recall([], judgments), 0);
  assert.is(recall(ranking("a"), { a: 0 }), 0);
});

test("the column is named as ir_measures names it", () => {
  assert.is(recallAt(3000).name, "R@3000");
  assert.is(setRecall.name, "SetR");
});

test("a cut-off that is no number of hits is refused", () => {
  for (const k of [0, -1, 1.5, NaN]) assert.throws(() => recallAt(k), /whole number of hits/);
});

test.run();
