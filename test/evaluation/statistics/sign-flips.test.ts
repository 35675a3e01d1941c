import { test } from "uvu";
import * as assert from "uvu/assert";
import { random, type Random } from "../../../lib/core/random";
import { pairedDifference, studentInterval } from "../../../lib/evaluation/statistics/sign-flips";
import { pairedBootstrap } from "../../../lib/evaluation/statistics/significance";
import { studentDistribution, studentQuantile } from "../../../lib/evaluation/statistics/student";

const near = (value: number, expected: number, tolerance: number, what = ""): void =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${what} ${value} is not ${expected} ± ${tolerance}`);
const zeros = (n: number): number[] => Array<number>(n).fill(0);

test("four losses and two ties of six: 2 of the 16 ways to sign four differences are as far out, p = .125", () => {
  for (const d of [
    [-1, -1, -1, -1, 0, 0],
    [-0.1, -0.4, 0, -0.2, -0.9, 0],
  ]) {
    const { p, low, high } = pairedDifference(d, zeros(6));
    assert.is(p, 0.125);
    assert.ok(low <= 0 && high >= 0, "the interval reaches 0, as p is above .05");
  }
});

test("counted by hand: d = 1, 2, −1", () => {
  // |±1 ±2 ±1| ≥ |1 + 2 − 1| = 2: sums 4, 2, 0, −2 and their like: (+,+,+) −1 flipped … of eight, |sum| is 2, 4, 0, 2,
  // 2, 0, 4, 2: six
  assert.is(pairedDifference([1, 2, -1], zeros(3)).p, 6 / 8);
});

test("N wins have p = 2 / 2ᴺ, whatever their sizes; ties change nothing of it", () => {
  for (const N of [1, 2, 5, 8, 12]) {
    const wins = Array.from({ length: N }, (_, i) => 0.1 + i / 20);
    assert.is(pairedDifference(wins, zeros(N)).p, 2 / 2 ** N);
    assert.is(pairedDifference([...wins, 0, 0], zeros(N + 2)).p, 2 / 2 ** N);
  }
});

test("equal systems have p 1 and no difference", () =>
  assert.equal(pairedDifference([0.1, 0.7], [0.1, 0.7]), { difference: 0, low: 0, high: 0, p: 1 }));

test("drawn flips come near the exact p, never to 0, and the same stream gives the same", () => {
  const rng = random("drawn");
  const d = Array.from({ length: 16 }, () => rng.next() - 0.35);
  const exact = pairedDifference(d, zeros(16)).p;
  near(pairedDifference([...d, 0], zeros(17)).p, exact, 0.02); // 17 queries: drawn; a tie changes no p
  const gains = Array.from({ length: 50 }, (_, i) => 0.5 + (i % 5) / 20);
  assert.is(pairedDifference(gains, zeros(50)).p, 1 / 10_001);
  assert.equal(pairedDifference(gains, zeros(50)), pairedDifference(gains, zeros(50)));
});

test("swapping the systems flips difference and interval, and p stays", () => {
  for (const N of [4, 9, 30]) {
    const rng = random("swap");
    const [a, b] = [zeros(N).map(() => rng.next()), zeros(N).map(() => rng.next())];
    const [forth, back] = [pairedDifference(a, b), pairedDifference(b, a)];
    near(forth.difference, -back.difference, 1e-12);
    near(forth.low, -back.high, 1e-9);
    near(forth.high, -back.low, 1e-9);
    near(forth.p, back.p, 1e-12);
  }
});

/** Differences without a direction: as of recall (many ties, some large), of ranks, of a fine measure. */
const nulls: Readonly<Record<string, (rng: Random) => number>> = {
  normal: (rng) => Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next()),
  "wins and losses of 1": (rng) => (rng.below(2) ? 1 : -1),
  "half of them ties": (rng) => (rng.below(2) ? 0 : rng.next() - 0.5),
  "a few large ones": (rng) => (rng.next() - 0.5) ** 5,
};
const trials = 1000;
const tolerance = 3 * Math.sqrt((0.05 * 0.95) / trials); // three standard errors: .0207

for (const n of [5, 10, 20, 40]) {
  test(
    `of ${n} queries, p is at most .05 for one true null in twenty at most, whatever the differences; the interval ` +
      "covers what it should",
    () => {
      for (const [name, draw] of Object.entries(nulls)) {
        const rng = random(`level ${name}`);
        let [rejected, missed, apart] = [0, 0, 0];
        for (let trial = 0; trial < trials; trial++) {
          const own = rng.fork(n, trial);
          const d = zeros(n).map(() => draw(own) + 0.25); // around ¼, which is what the interval should cover
          const { low, high } = pairedDifference(d, zeros(n), { resamples: 200, rng: own.fork("interval") });
          if (low > 0.25 + 1e-12 || high < 0.25 - 1e-12) missed++;
          const null_ = pairedDifference(
            d,
            zeros(n).map(() => 0.25),
            { resamples: 200, rng: own.fork("test") },
          );
          if (null_.p <= 0.05) rejected++;
          if (null_.p <= 0.05 === (null_.low <= 0 && null_.high >= 0) && n > 5) apart++;
        }
        assert.ok(rejected / trials <= 0.05 + tolerance, `${name}: ${rejected / trials} rejected`);
        assert.ok(missed / trials <= 0.05 + tolerance, `${name}: ${missed / trials} missed`);
        // where p is .05 by rounding
        assert.ok(apart / trials <= 0.01, `${name}: test and interval disagree in ${apart} trials`);
        if (name === "normal" && n > 5)
          assert.ok(
            rejected / trials >= 0.05 - 2 * tolerance,
            `${name}: ${rejected / trials} rejected, so it does test`,
          );
      }
    },
  );
}

test("the paired bootstrap would not pass: of five queries it rejects far more than one true null in twenty", () => {
  const rng = random("level of the bootstrap");
  let rejected = 0;
  for (let trial = 0; trial < 500; trial++) {
    const own = rng.fork(trial);
    if (
      pairedBootstrap(
        zeros(5).map(() => nulls["normal"]!(own)),
        zeros(5),
        { resamples: 400, rng: own.fork("test") },
      ).p <= 0.05
    )
      rejected++;
  }
  assert.ok(rejected / 500 > 0.05 + 2 * tolerance, `${rejected / 500}`);
});

test("Student's quantiles are those of the tables", () => {
  for (const [freedom, quantile] of [
    [1, 12.7062],
    [2, 4.3027],
    [4, 2.7764],
    [5, 2.5706],
    [9, 2.2622],
    [19, 2.093],
    [39, 2.0227],
    [99, 1.9842],
    [1000, 1.9623],
  ] as const)
    near(studentQuantile(0.975, freedom), quantile, 6e-5, `ν ${freedom}`);
  assert.is(studentDistribution(0, 7), 0.5);
});

test("Student's interval of a mean covers it nineteen times in twenty, for few values too, and stays in [0, 1]", () => {
  // 0, ½, 1: mean ½, s = ½, t(2) = 4.3027: ½ ± 1.242, cut to [0, 1]; of −1, 0, 1: 0 ± 4.3027/√3
  assert.equal(studentInterval([0, 0.5, 1]), { mean: 0.5, low: 0, high: 1 });
  near(studentInterval([-1, 0, 1]).high, 4.3027 / Math.sqrt(3), 1e-4);
  assert.equal(studentInterval([0.3]), { mean: 0.3, low: 0.3, high: 0.3 });
  for (const n of [5, 10, 20, 40]) {
    for (const [name, draw, centre] of [
      ["normal", nulls["normal"]!, 0],
      ["uniform", (rng: Random) => rng.next(), 0.5],
    ] as const) {
      let missed = 0;
      for (let trial = 0; trial < trials; trial++) {
        const own = random(`cover ${name}`).fork(n, trial);
        const { low, high } = studentInterval(zeros(n).map(() => draw(own)));
        if (low > centre || high < centre) missed++;
      }
      near(missed / trials, 0.05, name === "normal" ? tolerance : 2 * tolerance, `${name}, n ${n}:`);
    }
  }
});

test("unpaired, empty and non-finite values are refused", () => {
  assert.throws(() => pairedDifference([1, 2], [1]), /^pairedDifference: a has 2 values but b has 1/);
  assert.throws(() => pairedDifference([], []), /no values/);
  assert.throws(() => pairedDifference([NaN], [1]), /value 0 is NaN/);
  assert.throws(() => pairedDifference([1], [1], { resamples: 0.5 }), /resamples is 0\.5/);
});

test.run();
