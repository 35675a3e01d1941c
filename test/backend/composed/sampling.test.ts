import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import type { Truncation } from "../../../lib/backend/choose-tokens";
import { argMax, drawToken, truncate } from "../../../lib/backend/composed/sampling";

const row = (...values: number[]) => Float32Array.from(values);
const all: Truncation = { topK: 0, topP: 1, minP: 0 };

/** The row with what is cut at 0. */
const cut = (p: Float32Array, settings: Partial<Truncation>): Float32Array => {
  const copy = p.slice();
  truncate(copy, { ...all, ...settings });
  return copy;
};
const kept = (p: Float32Array, settings: Partial<Truncation>): number[] =>
  [...cut(p, settings)].flatMap((value, id) => (value > 0 ? [id] : []));

test("a uniform number picks the token in whose share of [0, 1) it falls", () => {
  const p = row(0.25, 0.5, 0.25); // shares end at 0.25, 0.75, 1
  assert.equal(
    [0, 0.24, 0.25, 0.74, 0.75, 0.999].map((u) => drawToken(p, u)),
    [0, 0, 1, 1, 2, 2],
  );
});

test("a token without mass is never picked, not at the edges either", () => {
  const p = row(0, 0.5, 0, 0.5, 0);
  assert.equal(
    [0, 0.5, 0.9999999].map((u) => drawToken(p, u)),
    [1, 3, 3],
  );
});

test("rounding that runs past the end picks the last token that has mass", () => {
  assert.is(drawToken(row(0.3, 0.3, 0.3, 0), 1), 2);
});

test("a nucleus is the smallest set of likeliest tokens with the mass asked for", () => {
  const p = row(0.125, 0.5, 0.25, 0.125); // order 1, 2, 0, 3
  assert.equal(kept(p, { topP: 0.5 }), [1]);
  assert.equal(kept(p, { topP: 0.6 }), [1, 2]);
  assert.equal(kept(p, { topP: 0.75 }), [1, 2]);
  assert.equal(kept(p, { topP: 0.8 }), [0, 1, 2]); // the tie of 0 and 3 goes to the lower id
  assert.equal(kept(p, { topP: 1 }), [0, 1, 2, 3]);
});

test("inside a nucleus the proportions stay", () => {
  // {1, 2} at 0.5 : 0.25, so two thirds of the line are token 1
  const p = cut(row(0.125, 0.5, 0.25, 0.125), { topP: 0.7 });
  assert.equal(
    [0.66, 0.67].map((u) => drawToken(p, u)),
    [1, 2],
  );
});

test("even the smallest nucleus holds the likeliest token", () =>
  assert.equal(kept(row(0.3, 0.4, 0.3), { topP: 1e-9 }), [1]));

test("top-k keeps the k likeliest, and what is as likely as the last of them", () => {
  const p = row(0.1, 0.3, 0.2, 0.2, 0.15, 0.05);
  assert.equal(kept(p, { topK: 1 }), [1]);
  assert.equal(kept(p, { topK: 2 }), [1, 2, 3]); // 2 and 3 tie
  assert.equal(kept(p, { topK: 4 }), [1, 2, 3, 4]);
  assert.equal(kept(p, { topK: 99 }), [0, 1, 2, 3, 4, 5]);
});

test("min-p keeps what is at least so many times as likely as the likeliest", () => {
  const p = row(0.5, 0.25, 0.125, 0.0625, 0.0625);
  assert.equal(kept(p, { minP: 0.25 }), [0, 1, 2]); // 0.25 · 0.5 = 0.125
  assert.equal(kept(p, { minP: 0.3 }), [0, 1]);
  assert.equal(kept(p, { minP: 1 }), [0]);
});

test("top-p takes its share of what top-k left", () => {
  const p = row(0.4, 0.3, 0.2, 0.1);
  assert.equal(kept(p, { topP: 0.6 }), [0, 1]);
  assert.equal(kept(p, { topK: 2, topP: 0.55 }), [0]); // 0.4 of 0.7 is 0.571
  assert.equal(kept(p, { topK: 2, topP: 0.6 }), [0, 1]);
});

test("what is kept of a large vocabulary is what sorting all of it keeps", () => {
  const rng = random("large");
  const weights = Float32Array.from({ length: 20_000 }, () => Math.exp(12 * rng.next()));
  const total = weights.reduce((a, b) => a + b);
  const p = weights.map((weight) => weight / total);
  const order = [...p.keys()].sort((a, b) => p[b]! - p[a]!);
  for (const topP of [0.01, 0.5, 0.9, 0.999]) {
    let [mass, size] = [0, 0];
    while (mass < topP) mass += p[order[size++]!]!;
    // A rounding of the sum may move the end by one.
    assert.ok(Math.abs(kept(p, { topP }).length - size) <= 1, `${topP}`);
  }
  for (const topK of [1, 7, 500])
    assert.equal(
      kept(p, { topK }),
      order.slice(0, topK).sort((a, b) => a - b),
    );
});

test("greedy takes the likeliest, the lowest id at a tie", () => {
  assert.is(argMax(row(0.1, 0.4, 0.4, 0.1)), 1);
  assert.is(argMax(row(7)), 0);
});

test("over many numbers each token comes as often as its probability says", () => {
  const p = row(0.1, 0.2, 0.7);
  const rng = random("sampling");
  const counts = [0, 0, 0];
  for (let i = 0; i < 10_000; i++) counts[drawToken(p, rng.next())]! += 1;
  for (const [i, expected] of [1000, 2000, 7000].entries())
    assert.ok(Math.abs(counts[i]! - expected) < 230, `${counts}`); // five deviations of √(10,000·0.21) = 46
});

test.run();
