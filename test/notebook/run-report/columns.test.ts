import { test } from "uvu";
import * as assert from "uvu/assert";

import { columnValues, metricColumns, positions } from "../../../lib/notebook/run-report/columns";
import { metricNames } from "../../../lib/notebook/run-report/metric-name";

test("reward and recall come first, step never, six at most", () => {
  const row = { step: 1, seed: 3, "critic/kl": 0, text: "x", "R@50": 0.1, "reward/mean": 1 };
  assert.equal(metricColumns([row]), ["reward/mean", "R@50", "critic/kl", "seed"]);
  assert.is(metricColumns([{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 }]).length, 6);
});

test("a column may be missing from some rows", () => {
  assert.equal(columnValues([{ a: 1 }, {}, { a: NaN }], "a"), [1, null, null]);
});

test("rows without a step are counted", () => {
  assert.equal(positions([{}, {}]), [1, 2]);
  assert.equal(positions([{ step: 41 }, { step: 42 }]), [41, 42]);
});

test("names are short unless two would read alike", () => {
  assert.equal(metricNames(["reward/mean", "critic/vf_explained_var", "val/recall"]), [
    "reward",
    "explained variance",
    "val recall",
  ]);
  assert.equal(metricNames(["a_b", "a/b"]), ["a_b", "a/b"]);
});

test.run();
