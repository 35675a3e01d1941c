import { test } from "uvu";
import * as assert from "uvu/assert";
import { gae } from "../../../lib/training/estimators/gae";
import { explainedVariance } from "../../../lib/training/estimators/explained-variance";
import { whiten } from "../../../lib/training/estimators/whiten";
import { masked, mean, variance } from "../../../lib/training/estimators/masked";
import { close } from "../../fixtures";

test("with γ = λ = 1 and no values, every token's advantage is what the rest of the response earns", () => {
  const { advantages, returns } = gae({ rewards: [[0, -1, 3]], values: [[0, 0, 0]], mask: [[1, 1, 1]] });
  assert.equal(advantages, [[2, 2, 3]]); // 0−1+3, −1+3, 3
  assert.equal(returns, advantages);
});

test("γ and λ discount as in equation 16", () => {
  // t=1: δ = 1 + 0 − 4 = −3, Â = −3.  t=0: δ = 0 + ½·4 − 2 = 0, Â = 0 + ½·½·(−3) = −0.75
  const { advantages, returns } = gae(
    { rewards: [[0, 1]], values: [[2, 4]], mask: [[1, 1]] },
    { gamma: 0.5, lambda: 0.5 },
  );
  assert.equal(advantages, [[-0.75, -3]]);
  assert.equal(returns, [[1.25, 1]]); // Â + V
});

test("padding is skipped, whatever stands there", () => {
  const short = gae({ rewards: [[1, 2]], values: [[0.5, 0.25]], mask: [[1, 1]] }, { gamma: 0.9, lambda: 0.8 });
  const long = gae(
    { rewards: [[1, 2, 77]], values: [[0.5, 0.25, -55]], mask: [[1, 1, 0]] },
    { gamma: 0.9, lambda: 0.8 },
  );
  assert.equal(long.advantages[0]!.slice(0, 2), short.advantages[0]);
  assert.equal(long.returns[0]!.slice(0, 2), short.returns[0]);
});

test("rows of different width are refused by name", () => {
  assert.throws(
    () => gae({ rewards: [[1, 2]], values: [[1]], mask: [[1, 1]] }),
    /gae: rewards is \[1,2\] but values is \[1,1\]; both must be \[B, R\]/,
  );
});

test("whitened values have mean 0 and unbiased variance 1 inside the mask, and are 0 outside it", () => {
  const mask = [
    [1, 1, 0],
    [1, 1, 1],
  ];
  const white = whiten(
    [
      [1, 2, NaN],
      [-4, 0, 9],
    ],
    mask,
  );
  close([mean(masked(white, mask)), variance(masked(white, mask))], [0, 1], { rtol: 1e-6 });
  assert.is(white[0]![2], 0);
});

test("equal values whiten to 0, not NaN", () => assert.equal(whiten([[3, 3]], [[1, 1]]), [[0, 0]]));

test("one value has no variance, and the fix is named", () => {
  assert.throws(() => whiten([[1, 2]], [[1, 0]]), /1 unmasked values have no variance. Use a larger batch/);
});

test("a critic that is right explains all, one that knows the mean nothing, one that is worse less than that", () => {
  const mask = [[1, 1, 1, 1]];
  close([explainedVariance([[0, 0, 4, 4]], [[0, 0, 4, 4]], mask)], [1]);
  close([explainedVariance([[0, 0, 4, 4]], [[2, 2, 2, 2]], mask)], [0], { atol: 1e-5 });
  // errors −4 and 4: four times the variance of the returns, 1 − 4
  close([explainedVariance([[0, 0, 4, 4]], [[4, 4, 0, 0]], mask)], [-3], { atol: 1e-4 });
});

test.run();
