import { test } from "uvu";
import * as assert from "uvu/assert";
import { successAt } from "../../lib/metrics/success";

const ranking = (...ids: string[]) => ids.map((docId, i) => ({ docId, score: -i }));

test("one relevant hit among the first k is success, whatever its grade and place", () => {
  assert.is(successAt(3).measure(ranking("x", "y", "a"), { a: 2 }), 1);
  assert.is(successAt(2).measure(ranking("x", "y", "a"), { a: 2 }), 0);
  assert.is(successAt(1).measure(ranking("e", "a"), { a: 1, e: 0 }), 0);
  assert.is(successAt(5).measure([], { a: 1 }), 0);
});

test("it has ir_measures' name and refuses a cut-off that is none", () => {
  assert.is(successAt(20).name, "Success@20");
  assert.throws(() => successAt(0), /whole number of hits/);
});

test.run();
