import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { argMax, sampleToken } from "../../lib/models/sampling";

const row = (...values: number[]) => Float32Array.from(values);

test("a uniform number picks the token in whose share of [0, 1) it falls", () => {
  const p = row(0.25, 0.5, 0.25); // shares end at 0.25, 0.75, 1
  assert.equal([0, 0.24, 0.25, 0.74, 0.75, 0.999].map((u) => sampleToken(p, u)), [0, 0, 1, 1, 2, 2]);
});

test("a token without mass is never picked, not at the edges either", () => {
  const p = row(0, 0.5, 0, 0.5, 0);
  assert.equal([0, 0.5, 0.9999999].map((u) => sampleToken(p, u)), [1, 3, 3]);
});

test("rounding that runs past the end picks the last token that has mass", () => {
  assert.is(sampleToken(row(0.3, 0.3, 0.3, 0), 1), 2);
});

test("a nucleus is the smallest set of likeliest tokens with the mass asked for", () => {
  const p = row(0.125, 0.5, 0.25, 0.125); // order 1, 2, 0, 3
  const picks = (topP: number) => new Set(Array.from({ length: 100 }, (_, i) => sampleToken(p, i / 100, topP)));
  assert.equal([...picks(0.5)], [1]);
  assert.equal([...picks(0.6)].sort(), [1, 2]);
  assert.equal([...picks(0.75)].sort(), [1, 2]);
  assert.equal([...picks(0.8)].sort(), [0, 1, 2]); // the tie of 0 and 3 goes to the lower id
  assert.equal([...picks(1)].sort(), [0, 1, 2, 3]);
});

test("inside a nucleus the proportions stay", () => {
  // {1, 2} at 0.5 : 0.25, so two thirds of the line are token 1
  const p = row(0.125, 0.5, 0.25, 0.125);
  assert.equal([0.66, 0.67].map((u) => sampleToken(p, u, 0.7)), [1, 2]);
});

test("even the smallest nucleus holds the likeliest token", () => assert.is(sampleToken(row(0.3, 0.4, 0.3), 0.99, 1e-9), 1));

test("greedy takes the likeliest, the lowest id at a tie", () => {
  assert.is(argMax(row(0.1, 0.4, 0.4, 0.1)), 1);
  assert.is(argMax(row(7)), 0);
});

test("over many numbers each token comes as often as its probability says", () => {
  const p = row(0.1, 0.2, 0.7);
  const rng = random("sampling");
  const counts = [0, 0, 0];
  for (let i = 0; i < 10_000; i++) counts[sampleToken(p, rng.next())]! += 1;
  for (const [i, expected] of [1000, 2000, 7000].entries()) assert.ok(Math.abs(counts[i]! - expected) < 230, `${counts}`); // five deviations of √(10,000·0.21) = 46
});

test.run();
