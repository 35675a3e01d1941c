import { test } from "uvu";
import * as assert from "uvu/assert";
import { greedyBaseline } from "../../../lib/training/estimators/greedy-baseline";
import { masked, mean, variance } from "../../../lib/training/estimators/masked";
import {
  discountedReturns,
  reinforcePlusPlus,
  reinforcePlusPlusBaseline,
} from "../../../lib/training/estimators/reinforce-plus-plus";
import { close } from "../../fixtures";

test("a return is carried across what the policy did not write", () => {
  // G_3 = 1, G_0 = 0 + ½·1: the two masked positions cost no discount
  assert.equal(discountedReturns([[0, 7, 7, 1]], [[1, 0, 0, 1]], 0.5), [[0.5, 0, 0, 1]]);
});

test("advantages are the returns, whitened over the tokens of the batch", () => {
  const mask = [
    [1, 1],
    [1, 0],
  ];
  const { advantages } = reinforcePlusPlus({
    rewards: [
      [0, 3],
      [0, 9],
    ],
    mask,
  });
  const white = masked(advantages, mask); // of 3, 3, 0
  close([mean(white), variance(white)], [0, 1], { rtol: 1e-6 });
  assert.is(advantages[1]![1], 0);
});

test("with a baseline, the group's mean is subtracted before whitening", () => {
  const mask = [[1], [1], [1], [1]];
  const scores = [1, 3, 10, 14]; // −1, 1, −2, 2: unbiased σ² = 10/3
  const rows = reinforcePlusPlusBaseline({ scores, groups: ["a", "a", "b", "b"], mask });
  close(
    rows.flat(),
    [-1, 1, -2, 2].map((d) => d / Math.sqrt(10 / 3)),
  );
});

test("an answer without a score is not whitened and has advantage 0", () => {
  const mask = [[1], [1], [1]];
  const rows = reinforcePlusPlusBaseline({ scores: [1, 3, undefined], groups: ["a", "a", "a"], mask });
  close(rows.flat(), [-Math.SQRT1_2, Math.SQRT1_2, 0]);
});

test("one token, no token and an all-masked batch give 0, not NaN", () => {
  assert.equal(reinforcePlusPlus({ rewards: [[2]], mask: [[1]] }).advantages, [[0]]);
  assert.equal(reinforcePlusPlus({ rewards: [[2, 2]], mask: [[0, 0]] }).advantages, [[0, 0]]);
  assert.equal(reinforcePlusPlus({ rewards: [[]], mask: [[]] }).advantages, [[]]);
  assert.equal(reinforcePlusPlusBaseline({ scores: [undefined], groups: [0], mask: [[1]] }), [[0]]);
});

test("ReMax subtracts what the greedy answer earns", () => {
  const { advantages } = greedyBaseline({ rewards: [[0, 1, 0]], baselines: [0.25], mask: [[1, 1, 0]] });
  assert.equal(advantages, [[0.75, 0.75, 0]]);
});

test.run();
