import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Result } from "../../../lib/evaluation/evaluate";
import { compare, perQuery, summary } from "../../../lib/evaluation/frames/frames";

const results: Result[] = [
  { system: "typed", qid: "1", query: "aspirin", measures: { "R@50": 0.25 } },
  { system: "typed", qid: "2", query: "statins", measures: { "R@50": 0.75 }, warnings: ["x", "y"] },
  { system: "tuned", qid: "1", query: "", measures: { "R@50": 0 }, malformed: true },
  { system: "tuned", qid: "2", query: "statin OR statins", measures: { "R@50": 1 } },
];

test("perQuery has one row per result and the same columns in each", () => {
  const frame = perQuery(results);
  assert.equal(frame.columns, ["system", "qid", "query", "R@50", "malformed", "warnings"]);
  assert.equal(frame.values[1], ["typed", "2", "statins", 0.75, false, 2]);
  assert.equal(frame.values[2], ["tuned", "1", "", 0, true, 0]);
});

test("summary has one row per system with the mean and its interval", () => {
  const frame = summary(results);
  assert.equal(frame.columns, ["system", "queries", "malformed", "R@50", "R@50 low", "R@50 high"]);
  assert.equal(frame.values, [
    ["typed", 2, 0, 0.5, 0, 1],
    ["tuned", 2, 1, 0.5, 0, 1],
  ]); // of two values little is known: t(1) = 12.7, cut to [0, 1]
});

test("compare has one row per other system", () => {
  const frame = compare(results, "typed");
  assert.equal(frame.columns, [
    "system",
    "metric",
    "queries",
    "difference",
    "low",
    "high",
    "wins",
    "ties",
    "losses",
    "p",
  ]);
  // differences −0.25 and +0.25: mean 0, so every flip of signs is as far from 0: p = 1; t(1) = 12.7, cut to [−1, 1]
  assert.equal(frame.values, [["tuned", "R@50", 2, 0, -1, 1, 1, 0, 1, 1]]);
});

test("nothing to show is said, not shown as an empty frame", () => {
  assert.throws(() => perQuery([]), /perQuery: no rows/);
  assert.throws(() => compare(results.slice(0, 2), "typed"), /with two systems/);
});

test("what is no result is refused, and a system that failed on all has a row without numbers", () => {
  assert.throws(
    () => compare(undefined as never, "typed"),
    /TypeError|results are undefined; they must be what evaluate/,
  );
  assert.throws(
    () => summary([{ ...results[0]!, measures: { "R@50": NaN } }]),
    /summary, R@50 of typed: value 0 is NaN; every query needs a finite measure/,
  );
  const failure = { stage: "rewriting", name: "Error", message: "HTTP 500" } as const;
  const down = results.slice(0, 2).map((result): Result => ({ ...result, system: "down", measures: {}, failure }));
  const frame = compare([...results.slice(0, 2), ...down], "typed");
  assert.equal(frame.values, [["down", "R@50", 0, null, null, null, 0, 0, 0, null, 2, -0.5]]);
});

test.run();
