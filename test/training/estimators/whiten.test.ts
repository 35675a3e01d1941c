import { test } from "uvu";
import * as assert from "uvu/assert";
import { biasedVariance } from "../../../lib/training/estimators/masked";
import { biasedWhitening, unbiasedWhitening, whiten } from "../../../lib/training/estimators/whiten";
import { close } from "../../fixtures";

test("the biased variance is divided by n", () => {
  close([biasedVariance([1, 2, 6])], [14 / 3]); // (4 + 1 + 9) / 3
  assert.is(biasedVariance([]), 0);
});

test("OpenRLHF's whitening has the biased variance: 2 and 4 become −1 and 1", () => {
  close(whiten([[2, 4]], [[1, 1]], biasedWhitening).flat(), [-1, 1]);
  close(whiten([[2, 4]], [[1, 1]], unbiasedWhitening).flat(), [-Math.SQRT1_2, Math.SQRT1_2]);
});

test("a mean that is kept is added again", () => {
  close(whiten([[2, 4]], [[1, 1]], biasedWhitening, { shiftMean: false }).flat(), [2, 4]);
});

test("equal values whiten to 0 under every profile", () => {
  for (const whitening of [biasedWhitening, unbiasedWhitening])
    assert.equal(whiten([[3, 3, NaN]], [[1, 1, 0]], whitening), [[0, 0, 0]]);
});

test("fewer than two values are refused, or give 0 where the caller asks for that", () => {
  for (const mask of [[[1, 0]], [[0, 0]]]) {
    assert.throws(() => whiten([[5, NaN]], mask), /unmasked values have no variance. Use a larger batch/);
    assert.equal(whiten([[5, NaN]], mask, unbiasedWhitening, { tooFew: "zero" }), [[0, 0]]);
  }
});

test.run();
