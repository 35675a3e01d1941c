import { test } from "uvu";
import * as assert from "uvu/assert";
import { masked, mean, spread, variance } from "../../../lib/training/estimators/masked";

test("what lies outside the mask never enters, not even NaN", () => {
  assert.equal(
    masked(
      [
        [1, NaN],
        [3, 4],
      ],
      [
        [1, 0],
        [1, 1],
      ],
    ),
    [1, 3, 4],
  );
});

test("the variance is unbiased: divided by n − 1", () => {
  assert.is(mean([1, 2, 6]), 3);
  assert.is(variance([1, 2, 6]), 7); // (4 + 1 + 9) / 2
  assert.is(variance([5]), 0);
  assert.is(mean([]), 0);
});

test("a spread is mean, largest and smallest under verl's names", () => {
  assert.equal(spread("critic/score", [2, -4, 8]), {
    "critic/score/mean": 2,
    "critic/score/max": 8,
    "critic/score/min": -4,
  });
});

test.run();
