import { test } from "uvu";
import * as assert from "uvu/assert";
import { groupBaseline } from "../../../lib/training/estimators/group-baseline";
import { overTokens } from "../../../lib/training/estimators/groups";
import { close } from "../../fixtures";

test("GRPO subtracts the group's mean and divides by its unbiased standard deviation", () => {
  // group a: 1, 2 → μ 1.5, σ √½; group b: 3, 0 → μ 1.5, σ √4.5; members of the groups are mixed
  const advantages = groupBaseline({ scores: [1, 3, 2, 0], groups: ["a", "b", "a", "b"] }, { epsilon: 0 });
  close(advantages, [-Math.SQRT1_2, Math.SQRT1_2, Math.SQRT1_2, -Math.SQRT1_2]);
});

test("Dr.GRPO only subtracts the mean", () => {
  const input = { scores: [1, 3, 2, 0], groups: ["a", "b", "a", "b"] };
  assert.equal(groupBaseline(input, { normaliseByStd: false }), [-0.5, 1.5, 0.5, -1.5]);
});

test("a group whose answers all earned the same gives exactly 0, though its mean is rounded", () => {
  const scores = Array(8).fill(0.1); // their mean is not exactly 0.1, and ε is 1e-9
  assert.equal(groupBaseline({ scores, groups: scores.map(() => 0) }, { epsilon: 1e-9 }), Array(8).fill(0));
});

test("an answer without a score enters no mean and gets 0", () => {
  const input = { scores: [1, undefined, 3], groups: [0, 0, 0] };
  assert.equal(groupBaseline(input, { normaliseByStd: false }), [-1, 0, 1]);
});

test("a group whose answers all have no score gives 0 for each, and so does one that is left with one score", () => {
  const input = { scores: [undefined, undefined, 5, undefined], groups: ["a", "a", "b", "b"] };
  assert.equal(groupBaseline(input), [0, 0, 0, 0]);
});

test("a group that was planned with one answer gives its score, or 0 where the profile says so", () => {
  close(groupBaseline({ scores: [5], groups: ["a"] }), [5 / 1.000001], { rtol: 1e-9 });
  assert.equal(groupBaseline({ scores: [5], groups: ["a"] }, { singleton: "zero" }), [0]);
});

test("a batch of nothing gives nothing", () => assert.equal(groupBaseline({ scores: [], groups: [] }), []));

test("scores without a group are refused with both counts", () => {
  assert.throws(() => groupBaseline({ scores: [1, 2], groups: [0] }), /groupBaseline: 2 scores have 1 groups/);
});

test("every token inside the mask has the advantage of its sequence", () => {
  const mask = [
    [1, 1, 0],
    [0, 0, 0],
  ];
  assert.equal(overTokens([2, -1], mask), [
    [2, 2, 0],
    [0, 0, 0],
  ]);
});

test.run();
