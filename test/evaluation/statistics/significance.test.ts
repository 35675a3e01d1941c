import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { bootstrapMean, pairedBootstrap } from "../../../lib/evaluation/statistics/significance";

const near = (value: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not ${expected} ± ${tolerance}`);

test("two queries, one better by 1: p is a half and the interval is [0, 1]", () => {
  // d = 1, 0; d̄ = 0.5. A resample has d̄* = 0, ½ or 1 with probability ¼, ½, ¼;
  // |d̄* − d̄| ≥ ½ for 0 and 1, so p → ½, and both tails hold more than 2.5 %
  const { difference, low, high, p } = pairedBootstrap([1, 0.3], [0, 0.3]);
  assert.is(difference, 0.5);
  near(p, 0.5, 0.02);
  assert.equal([low, high], [0, 1]);
});

test("three queries, one better by 3: 1 + #{0 or ≥ 2 draws of it} over 27 ways", () => {
  // d = 3, 0, 0; d̄ = 1; d̄* = number of draws of the first. |d̄* − 1| ≥ 1 for 0 (8/27), 2 (6/27) and 3 (1/27): 15/27
  near(pairedBootstrap([3, 0, 0], [0, 0, 0]).p, 15 / 27, 0.02);
});

test("swapping the systems flips the difference and its interval", () => {
  const a = [0.9, 0.2, 0.5, 0.7];
  const b = [0.1, 0.3, 0.5, 0.2];
  const [forth, back] = [pairedBootstrap(a, b), pairedBootstrap(b, a)];
  near(forth.difference, -back.difference, 1e-12);
  near(forth.low, -back.high, 0.02);
  near(forth.p, back.p, 1e-12);
});

test("equal systems have p 1, and so does a single pair", () => {
  assert.equal(pairedBootstrap([0.1, 0.7], [0.1, 0.7]), { difference: 0, low: 0, high: 0, p: 1 });
  assert.is(pairedBootstrap([1], [0]).p, 1);
});

test("a gain on every query has the smallest p that 10,000 resamples can show", () => {
  const a = Array.from({ length: 50 }, (_, i) => 0.5 + (i % 5) / 20);
  assert.is(
    pairedBootstrap(
      a,
      a.map(() => 0),
    ).p,
    1 / 10_001,
  );
});

test("under no difference p below 0.05 comes about one time in twenty", () => {
  const rng = random("null");
  let below = 0;
  for (let trial = 0; trial < 400; trial++) {
    const draw = (name: string) => Array.from({ length: 40 }, (_, i) => rng.fork(trial, name, i).next());
    if (pairedBootstrap(draw("a"), draw("b"), { resamples: 200, rng: rng.fork(trial) }).p < 0.05) below++;
  }
  near(below / 400, 0.05, 0.033); // three standard errors of 0.05 over 400 trials
});

test("the interval of a mean covers it as the normal law has it", () => {
  // 100 values 0 and 100 values 1: sd ½, standard error ½/√200 = 0.0354, 1.96 of them = 0.069
  const { mean, low, high } = bootstrapMean(Array.from({ length: 200 }, (_, i) => i % 2));
  assert.is(mean, 0.5);
  near(low, 0.5 - 0.069, 0.008);
  near(high, 0.5 + 0.069, 0.008);
});

test("the same stream gives the same figures, another one others", () => {
  const values = [0.1, 0.9, 0.4, 0.35, 0.8];
  assert.equal(bootstrapMean(values), bootstrapMean(values));
  assert.not.equal(
    pairedBootstrap(values, [0.2, 0.1, 0.6, 0.3, 0.5]).p,
    pairedBootstrap(values, [0.2, 0.1, 0.6, 0.3, 0.5], { rng: random(1) }).p,
  );
});

test("unpaired, empty and non-finite values are refused", () => {
  assert.throws(() => pairedBootstrap([1, 2], [1]), /a has 2 values but b has 1/);
  assert.throws(() => bootstrapMean([]), /no values/);
  assert.throws(() => bootstrapMean([0.5, NaN]), /value 1 is NaN/);
  assert.throws(() => bootstrapMean([1], { resamples: 0 }), /resamples is 0/);
});

test.run();
