import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { aggregate, aggregationModes, totalsOf, type Aggregation } from "../../../lib/training/losses/aggregate";
import type { Rows } from "../../../lib/training/estimators/masked";
import { close, numbers, tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const matrix = (rows: Rows) => tf.tensor2d(rows.map((row) => [...row]));
const losses = [
  [1, 2, 3],
  [10, NaN, NaN],
  [NaN, NaN, NaN],
];
const mask = [
  [1, 1, 1],
  [1, 0, 0],
  [0, 0, 0],
];
const of = (options: Aggregation, rows: Rows = losses, inside: Rows = mask) =>
  tf.tidy(() => numbers(aggregate(matrix(rows), matrix(inside), options))[0]!);

test("each mode, by hand: sequences of 3, 1 and 0 tokens", () => {
  close([of({ mode: "token-mean" })], [4]); // 16 / 4
  close([of({ mode: "token-sum" })], [16]);
  close([of({ mode: "seq-mean-token-sum" })], [8]); // 16 / 2: the empty one is not counted
  close([of({ mode: "seq-mean-token-mean" })], [6]); // (2 + 10) / 2
  close([of({ mode: "seq-mean-token-sum-norm" })], [8 / 3]); // 16 / 2 / width
  close([of({ mode: "seq-mean-token-sum-norm", horizon: 100 })], [0.08]);
});

test("micro-batches with the totals of the whole add up to the whole, in every mode", () => {
  const totals = totalsOf(mask);
  assert.equal(totals, { tokens: 4, sequences: 2, width: 3 });
  for (const mode of aggregationModes) {
    const parts = [0, 1, 2].map((b) => of({ mode, totals }, [losses[b]!], [mask[b]!]));
    close([parts.reduce((a, b) => a + b)], [of({ mode })], { what: mode });
  }
});

test("one token, nothing inside the mask and no width give a number in every mode", () => {
  for (const mode of aggregationModes) {
    close([of({ mode }, [[5]], [[1]])], [5], { what: mode });
    assert.is(of({ mode }, [[5, NaN]], [[0, 0]]), 0, mode);
    assert.is(of({ mode, totals: { tokens: 0, sequences: 0 } }, [[5]], [[0]]), 0, mode);
  }
});

test("gradients are the weights of the tokens, 0 outside the mask", () => {
  const gradient = (mode: Aggregation["mode"]) =>
    tf.tidy(() => numbers(tf.grad((x) => aggregate(x as tf.Tensor2D, matrix(mask), { mode }))(matrix(losses))));
  close(gradient("token-mean"), [0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0, 0]);
  close(gradient("seq-mean-token-mean"), [1 / 6, 1 / 6, 1 / 6, 0.5, 0, 0, 0, 0, 0]);
  close(gradient("seq-mean-token-sum"), [0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0]);
});

test("shapes that differ are refused, and nothing is left", async () => {
  tf.tidy(() =>
    assert.throws(() => aggregate(matrix([[1, 2]]), matrix([[1]])), /aggregate: losses is \[1,2\] but mask is/),
  );
  const [x, m] = [matrix(losses), matrix(mask)];
  for (const mode of aggregationModes) {
    assert.is(await tensorsLeftBy(() => tf.dispose(aggregate(x, m, { mode }))), 0, mode);
    const gradient = tf.grad((z) => aggregate(z as tf.Tensor2D, m, { mode, totals: totalsOf(mask) }));
    assert.is(await tensorsLeftBy(() => tf.dispose(gradient(x))), 0, mode);
  }
  tf.dispose([x, m]);
});

test.run();
