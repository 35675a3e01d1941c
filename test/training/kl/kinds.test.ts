import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { klKinds, klLoss, klOf, type KLBounds, type KLLossKind } from "../../../lib/training/kl/kinds";
import { close, numbers, tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const logps = [[-1, -0.5, -2]];
const reference = [[-1.2, -0.5, -1]];
const matrix = (rows: readonly (readonly number[])[]) => tf.tensor2d(rows.map((row) => [...row]));

/** The estimate and its gradient. */
const inLoss = (kind: KLLossKind, bounds?: KLBounds, own = logps, other = reference) =>
  tf.tidy(() => {
    const estimate = (x: tf.Tensor) => klLoss(kind, { logps: x as tf.Tensor2D, reference: matrix(other) }, bounds);
    return {
      value: numbers(estimate(matrix(own))),
      gradient: numbers(tf.grad((x) => tf.sum(estimate(x)))(matrix(own))),
    };
  });

const k3 = (d: number) => Math.exp(-d) + d - 1;

test("the four kinds of d = 0.2, 0 and −1", () => {
  close(klOf("k1", logps, reference).flat(), [0.2, 0, -1]);
  close(klOf("abs", logps, reference).flat(), [0.2, 0, 1]);
  close(klOf("k2", logps, reference).flat(), [0.02, 0, 0.5]);
  close(klOf("k3", logps, reference).flat(), [k3(0.2), 0, k3(-1)]);
});

test("a kind has the same value in the loss as in the reward, with and without +", () => {
  for (const kind of klKinds)
    for (const name of [kind, `${kind}+`] as const)
      close(inLoss(name).value, klOf(kind, logps, reference).flat(), { what: name });
});

test("gradients: 1, sign d, d, 1 − e^−d; and d for every kind with +", () => {
  const d = [0.2, 0, -1];
  close(inLoss("k1").gradient, [1, 1, 1]);
  close(inLoss("abs").gradient, [1, 0, -1]); // 0 where the policy is the reference: tf.abs has −1 there
  close(inLoss("k2").gradient, d);
  close(
    inLoss("k3").gradient,
    d.map((x) => 1 - Math.exp(-x)),
  );
  for (const kind of klKinds) close(inLoss(`${kind}+`).gradient, d, { what: `${kind}+` });
});

test("verl's bounds hold k3 at 10, where its gradient is 0; other frameworks take the exponential unbounded", () => {
  const far = inLoss("k3", undefined, [[-50, 0]], [[0, -50]]);
  close(far.value, [10, 10]);
  close(far.gradient, [0, 0]);
  close(klOf("k3", [[-50, 0]], [[0, -50]], { ratio: Infinity, value: 10 }).flat(), [10, 10]);
  close(klOf("k3", [[0]], [[-3]], { ratio: Infinity, value: Infinity }).flat(), [k3(3)]);
});

test("OpenRLHF bounds every kind", () => {
  const bounds = { ratio: Infinity, value: 10, everyKind: true };
  assert.equal(klOf("k1", [[0]], [[50]], bounds), [[-10]]);
  assert.equal(klOf("k2", [[0]], [[50]], bounds), [[10]]);
  assert.equal(klOf("k1", [[0]], [[50]]), [[-50]]);
});

test("shapes that differ are refused by name", () => {
  assert.throws(() => klOf("k1", [[1, 2]], [[1]]), /klOf: logps is \[1,2\] but reference is \[1,1\]/);
  tf.tidy(() =>
    assert.throws(() => klLoss("k2", { logps: matrix([[1, 2]]), reference: matrix([[1]]) }), /klLoss: logps is/),
  );
});

test("an estimate leaves only itself, alone and inside a gradient", async () => {
  const [x, y] = [matrix(logps), matrix(reference)];
  for (const kind of ["k1", "abs", "k2", "k3", "k3+"] as const) {
    assert.is(await tensorsLeftBy(() => tf.dispose(klLoss(kind, { logps: x, reference: y }))), 0);
    const gradient = tf.grad((z) => tf.sum(klLoss(kind, { logps: z as tf.Tensor2D, reference: y })));
    assert.is(await tensorsLeftBy(() => tf.dispose(gradient(x))), 0, kind);
  }
  tf.dispose([x, y]);
});

test.run();
