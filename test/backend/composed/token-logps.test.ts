import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { gradients } from "../../../lib/backend/gradients";
import type { BackendName } from "../../../lib/backend/loader";
import { tf } from "../../../lib/backend/tf";
import type { Kernels } from "../../../lib/backend/kernels";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { close, numbers, tensorsLeftBy } from "../../fixtures";
import { claimsOn } from "../claims-on";

const labelStatistics: Kernels["tokenLogps"] = (...given) => kernels().tokenLogps(...given);

const wave = (rows: number, columns: number, scale = 1) =>
  tf.tensor2d(
    Float32Array.from({ length: rows * columns }, (_, i) => scale * Math.sin(1.3 * i + 1)),
    [rows, columns],
  );
const sum = (value: tf.Tensor) => tf.sum(value) as tf.Scalar;
const labelsOf = (...ids: number[]) => tf.tensor1d(ids, "int32");

/** The statistics of logits: of hidden states that are these, and a head that changes nothing. */
const ofLogits = (logits: tf.Tensor2D, labels: tf.Tensor1D) => labelStatistics(logits, tf.eye(logits.shape[1]), labels);

/** The same statistics, left to autodiff. */
function plainStatistics(hidden: tf.Tensor2D, head: tf.Tensor2D, labels: tf.Tensor1D, temperature = 1): tf.Tensor2D {
  const logp = tf.logSoftmax(tf.div(tf.matMul(hidden, head, false, true), temperature));
  const chosen = tf.sum(tf.mul(tf.oneHot(labels, head.shape[0]), logp), -1, true);
  return tf.concat([chosen, tf.neg(tf.sum(tf.mul(tf.exp(logp), logp), -1, true))], 1) as tf.Tensor2D;
}

for (const name of ["native", "wasm", "cpu"] as const satisfies readonly BackendName[]) {
  const on = claimsOn(name);
  const given = (claim: string, check: () => void) => on(claim, () => tf.tidy(check));

  given("a label's log-probability and the entropy by hand", () => {
    // p = ¼, ¾: log ¾, and −¼·log ¼ − ¾·log ¾
    const entropy = -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75);
    close(numbers(ofLogits(tf.tensor2d([[0, Math.log(3)]]), labelsOf(1))), [Math.log(0.75), entropy]);
  });

  for (const scale of [1, 30]) {
    for (const most of [1 << 20, 12, 1]) {
      given(`values and gradients are autodiff's, for hidden states up to ±${scale}, ${most} logits at a time`, () => {
        const [hidden, head, labels] = [wave(4, 5, scale), wave(7, 5), labelsOf(0, 6, 2, 2)];
        for (const mix of [
          [1, 0],
          [0, 1],
          [0.7, -0.2],
        ]) {
          for (const temperature of [1, 0.6]) {
            const direction = tf.mul(wave(4, 2), tf.tensor1d(mix));
            const measure = (statistics: typeof plainStatistics) => {
              const f = (x: tf.Tensor, w: tf.Tensor) =>
                sum(tf.mul(statistics(x as tf.Tensor2D, w as tf.Tensor2D, labels, temperature), direction));
              return [
                ...tf.grads(f)([hidden, head]).flatMap(numbers),
                ...numbers(statistics(hidden, head, labels, temperature)),
              ];
            };
            close(
              measure((x, w, own, t) => labelStatistics(x, w, own, t, { most })),
              measure(plainStatistics),
              { rtol: 2e-4, atol: 4e-6 * scale, what: `${mix}, ${temperature}` },
            );
          }
        }
      });
    }
  }

  given("logits of ±1000 overflow nowhere", () => {
    const logits = tf.tensor2d([[1000, -1000, 0]]);
    close(numbers(ofLogits(logits, labelsOf(1))), [-2000, 0]);
    close(numbers(tf.grad((x) => sum(ofLogits(x as tf.Tensor2D, labelsOf(1))))(logits)), [-1, 1, 0]);
  });

  given("logits and their gradient are held a slice at a time", () => {
    const [N, C, V] = [64, 8, 4096];
    const [hidden, head, labels] = [wave(N, C), wave(V, C), tf.zeros([N], "int32") as tf.Tensor1D];
    const largest = { numbers: 0 };
    const watched = watching(largest, () =>
      tf.dispose(
        Object.values(
          gradients(() => sum(labelStatistics(hidden, head, labels, 1, { most: N * 512 })), [hidden, head]),
        ).flat(),
      ),
    );
    assert.ok(watched <= N * 512 + 1, `a tensor of ${watched} numbers was made; all logits are ${N * V}`);
  });
}

/**
 * Runs `work`, and tells how many numbers the largest tensor it made has that has one row for each of several hidden
 * states.
 */
function watching(largest: { numbers: number }, work: () => void): number {
  const engine = tf.engine();
  const { track } = engine as unknown as { track: (tensor: tf.Tensor) => tf.Tensor };
  Object.assign(engine, {
    track(tensor: tf.Tensor) {
      // But the head and its gradient.
      if (tensor.shape[0] !== 4096) largest.numbers = Math.max(largest.numbers, tensor.size);
      return track.call(engine, tensor);
    },
  });
  try {
    work();
  } finally {
    Object.assign(engine, { track });
  }
  return largest.numbers;
}

test("a frozen head has no part in the gradient, and the hidden states have the same", async () => {
  await useBackend("cpu");
  const [hidden, head, labels] = [wave(3, 4), wave(6, 4), labelsOf(0, 1, 2)];
  for (const most of [100, 7]) {
    const gradient = (frozen: boolean) =>
      numbers(tf.grad((x) => sum(labelStatistics(x as tf.Tensor2D, head, labels, 1, { most, frozen })))(hidden));
    assert.equal(gradient(true), gradient(false));
    assert.throws(
      () => tf.grad((w) => sum(labelStatistics(hidden, w as tf.Tensor2D, labels, 1, { most, frozen: true })))(head),
      /x must be passed|Cannot compute gradient/,
    );
  }
});

test("nothing is left behind, used or differentiated", async () => {
  await useBackend("cpu");
  const [hidden, head, labels] = [tf.variable(wave(3, 4)), tf.variable(wave(6, 4)), labelsOf(0, 1, 2)] as [
    tf.Variable<tf.Rank.R2>,
    tf.Variable<tf.Rank.R2>,
    tf.Tensor1D,
  ];
  for (const most of [100, 7]) {
    const make = () => labelStatistics(hidden, head, labels, 1, { most });
    assert.is(await tensorsLeftBy(() => make().dispose()), 0);
    const differentiated = await tensorsLeftBy(() => {
      const { value, grads } = tf.variableGrads(() => sum(make()), [hidden, head]);
      tf.dispose([value, grads]);
    });
    assert.is(differentiated, 0);
  }
});

test.run();
