import { test } from "uvu";
import * as assert from "uvu/assert";
import { batchAt } from "../../../lib/training/loop/batches/epochs";

const items = ["a", "b", "c", "d", "e", "f", "g"];

test("an epoch shows each item at most once and drops the incomplete batch", () => {
  const epoch = [1, 2, 3].flatMap((step) => batchAt(items, 2, step, 0)); // 7 items: three batches of 2
  assert.is(epoch.length, 6);
  assert.is(new Set(epoch).size, 6);
});

test("the next epoch has another order, another seed too", () => {
  const epoch = (from: number, seed: number) => [0, 1, 2].flatMap((i) => batchAt(items, 2, from + i, seed)).join("");
  assert.is.not(epoch(1, 0), epoch(4, 0));
  assert.is.not(epoch(1, 0), epoch(1, 1));
});

test("a step's batch depends on the seed and the step alone", () => {
  const straight = [1, 2, 3, 4, 5].map((step) => batchAt(items, 3, step, 9));
  assert.equal(batchAt(items, 3, 4, 9), straight[3]);
});

test("fewer items than a batch are gone through again and again, evenly", () => {
  const batch = batchAt(["a", "b", "c"], 8, 1, 0);
  assert.is(batch.length, 8);
  // two whole rounds of three
  for (const item of ["a", "b", "c"]) assert.ok(batch.filter((other) => other === item).length >= 2);
});

test("nothing to train on is refused with what to do", () => {
  assert.throws(() => batchAt([], 4, 1, 0), /there are no problems to train on/);
});

test.run();
