import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { rmsNorm } from "../../../lib/backend/composed/rms-norm";
import { close, numbers, tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const wave = (rows: number, columns: number, scale = 1) =>
  tf.tensor2d(
    Float32Array.from({ length: rows * columns }, (_, i) => scale * Math.sin(1.3 * i + 1)),
    [rows, columns],
  );
const sum = (value: tf.Tensor) => tf.sum(value) as tf.Scalar;

/** The same norm, left to autodiff. */
const plainNorm = (x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number) =>
  tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))), weight);

test("a root mean square norm by hand", () => {
  // rms of 3, 4 is √12.5; with weights 1 and 2
  tf.tidy(() =>
    close(numbers(rmsNorm(tf.tensor2d([[3, 4]]), tf.tensor1d([1, 2]), 0)), [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)]),
  );
});

test("the norm's value and its gradients in both arguments are autodiff's", () => {
  tf.tidy(() => {
    const [x, weight, direction] = [wave(3, 5), tf.tensor1d([1, -0.5, 2, 0.1, 0.7]), wave(3, 5, 0.3).reverse(1)];
    const both = [rmsNorm, plainNorm].map((norm) => {
      const [dx, dWeight] = tf.grads((x, weight) =>
        sum(tf.mul(norm(x as tf.Tensor2D, weight as tf.Tensor1D, 1e-3), direction)),
      )([x, weight]);
      return [...numbers(norm(x, weight, 1e-3)), ...numbers(dx!), ...numbers(dWeight!)];
    });
    close(both[0]!, both[1]!, { rtol: 1e-4, atol: 1e-6 });
  });
});

test("none of it leaves a tensor behind, used or differentiated", async () => {
  const variable = tf.variable(wave(3, 4));
  const weight = tf.ones([4]) as tf.Tensor1D;
  for (const make of [() => rmsNorm(variable as tf.Variable<tf.Rank.R2>, weight, 1e-6)]) {
    assert.is(await tensorsLeftBy(() => tf.tidy(() => make()).dispose()), 0);
    const differentiated = await tensorsLeftBy(() => {
      const { value, grads } = tf.variableGrads(() => sum(make()), [variable]);
      tf.dispose([value, grads]);
    });
    assert.is(differentiated, 0);
  }
});

test.run();
