import { test } from "uvu";
import * as assert from "uvu/assert";
import { whiten } from "../../../lib/training/estimators/gae";
import { masked, mean, spread, variance, type Rows } from "../../../lib/training/estimators/masked";
import { close, sharedJson } from "../../fixtures";

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

type Case = {
  name: string;
  values: Rows;
  mask: Rows;
  error?: string;
  masked_mean: number;
  masked_var_unbiased: number;
  masked_whiten: Rows;
};
for (const golden of (sharedJson("golden/rl.json") as { masked_stats: Case[] } | undefined)?.masked_stats ?? []) {
  test(`verl's masked statistics: ${golden.name}`, () => {
    const { values, mask } = golden;
    if (golden.error)
      return void assert.throws(() => whiten(values, mask), /whiten: . unmasked values have no variance/);
    close(
      [mean(masked(values, mask)), variance(masked(values, mask))],
      [golden.masked_mean, golden.masked_var_unbiased],
      { what: "mean, variance" },
    );
    close(masked(whiten(values, mask), mask), masked(golden.masked_whiten, mask), { what: "whitened" });
  });
}

test.run();
