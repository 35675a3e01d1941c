import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Score } from "../../lib/core/records";
import {
  componentMeans,
  componentsIn,
  engineWarnings,
  formatErrors,
  measureComponent,
} from "../../lib/core/reward-components";

const scored = (reward: number, measures: Record<string, number>, warnings: string[] = []): Score => ({
  kind: "scored",
  reward,
  query: "heart",
  measures,
  warnings,
});
const malformed: Score = { kind: "malformed", reward: -4, why: "no tags" };

test(
  "a component's curve is its mean over all scores, malformed ones included, in the order of the " + "declaration",
  () => {
    const components = {
      "R@50": measureComponent("R@50", "Recall."),
      ...formatErrors,
      ...engineWarnings,
    };
    const means = componentMeans(components, [scored(6, { "R@50": 0.8 }, ["dropped"]), malformed]);
    assert.equal(means, { "R@50": 0.4, format_error_ratio: 0.5, warning_ratio: 0.5 }); // (.8 + 0)/2, 1/2, 1/2
    assert.equal(Object.keys(means), ["R@50", "format_error_ratio", "warning_ratio"]);
  },
);

test("a step whose completions are all malformed has the same columns", () => {
  const components = { EX: measureComponent("EX", "Execution accuracy."), ...formatErrors };
  assert.equal(componentMeans(components, [malformed]), { EX: 0, format_error_ratio: 1 });
});

test("a score that lacks a declared measure is an error with the query and what there is", () => {
  const components = { EX: measureComponent("EX", "Execution accuracy.") };
  assert.throws(
    () => componentMeans(components, [scored(1, { "R@50": 1 })]),
    /"heart" has no measure "EX"; it has R@50/,
  );
});

test("a task that declares nothing has every measure that occurs, where a score without it counts 0", () => {
  const scores = [scored(1, { a: 1 }), scored(1, { b: 0.5 }), malformed, malformed];
  assert.equal(componentMeans(componentsIn(scores), scores), {
    a: 0.25,
    b: 0.125,
    format_error_ratio: 0.5,
    warning_ratio: 0,
  });
});

test.run();
