import { test } from "uvu";
import * as assert from "uvu/assert";
import { precisionAt } from "../../lib/metrics/precision";

const ranking = (...ids: string[]) => ids.map((docId, i) => ({ docId, score: -i }));

test("precision is the relevant share of the first k", () => {
  assert.is(precisionAt(4).measure(ranking("a", "x", "b", "e", "c"), { a: 1, b: 2, c: 1, e: 0 }), 0.5); // a, b of 4
  assert.is(precisionAt(4).name, "P@4");
});

test("a short list is divided by k all the same", () => {
  assert.is(precisionAt(10).measure(ranking("a"), { a: 1 }), 0.1);
});

test("precision without a cut-off is refused", () => {
  assert.throws(() => precisionAt(Infinity), /needs a cut-off/);
});

test.run();
