import { test } from "uvu";
import * as assert from "uvu/assert";

import { progressLine } from "../../../lib/notebook/live/progress";
import { summary } from "../../../lib/notebook/run-report/summary";

const columns = ["reward/mean", "R@50"];

test("a line says where the run is, how it does and how long it will take", () => {
  const line = progressLine(
    { label: "step", done: 40, total: 100, rows: 40, seconds: 128 },
    { step: 40, "reward/mean": 3.1, "R@50": 0.6213 },
    columns,
  );
  // 128 s / 40 = 3.2 s each; 60 · 3.2 s = 192 s; 40 % of 12 blocks is 5
  assert.is(line, "step 40/100 █████░░░░░░░  reward 3.1  R@50 0.621  3.2 s/step  3 min left");
});

test("a resumed run is paced by the rows it made, not by where it stands", () => {
  const line = progressLine({ label: "step", done: 90, total: 100, rows: 10, seconds: 20 }, {}, columns);
  assert.match(line, "2 s/step  20 s left"); // 20 s / 10 rows; 10 steps left
});

test("a run of unknown length has no bar", () => {
  assert.is(
    progressLine({ label: "result", done: 2, rows: 2, seconds: 1 }, { system: "expert" }, ["system"]),
    "result 2  expert  0.5 s/result",
  );
  assert.is(progressLine({ label: "step", done: 0, rows: 0, seconds: 0 }, undefined, []), "step 0  starting");
});

test("a finished run is summed up in a line", () => {
  assert.is(summary([{ step: 1, "R@50": 0.1 }, { step: 2 }, { step: 3, "R@50": 0.75 }]), "3 steps: R@50 0.1 → 0.75");
  assert.is(summary([{ step: 1 }], { total: 5, ended: "stopped" }), "1 of 5 steps, stopped");
  assert.is(summary([{ system: "a" }, { system: "b" }]), "2 results");
});

test.run();
