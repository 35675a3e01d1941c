import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { projected, type Factors } from "../../../lib/models/decoder/low-rank";
import { close, numbers, tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

/** Two projections of rank 1 in one matrix: the first has one column, the second two. */
const factors = (): Factors => ({
  a: tf.tensor2d([
    [1, 2],
    [0, 1],
  ]),
  b: tf.tensor2d([
    [3, 0, 0],
    [0, 4, 5],
  ]),
  blocks: tf.tensor2d([
    [1, 0, 0],
    [0, 1, 1],
  ]),
});
const W = () =>
  tf.tensor2d([
    [1, 0, 1],
    [0, 1, 0],
  ]);

test("x·W + scale·(x·A)·B, by hand", async () => {
  const left = await tensorsLeftBy(() => {
    const [x, w, f] = [tf.tensor2d([[1, 10]]), W(), factors()];
    // x·W = [1, 10, 1]; x·A = [1, 2 + 10]; half of it times B = [0.5·3, 6·4, 6·5]
    close(numbers(tf.tidy(() => projected(x, w, f, 0.5))), [2.5, 34, 31]);
    close(numbers(tf.tidy(() => projected(x, w, undefined, 0.5))), [1, 10, 1]);
    tf.dispose([x, w, Object.values(f)]);
  });
  assert.is(left, 0);
});

test("the gradient of B is zero outside of its blocks; W gets none", async () => {
  const left = await tensorsLeftBy(() => {
    const [x, w, { a, b, blocks }] = [tf.tensor2d([[1, 10]]), W(), factors()];
    const loss = (...args: tf.Tensor[]) =>
      tf.sum(
        projected(
          args[0] as tf.Tensor2D,
          w,
          { a: args[1] as tf.Tensor2D, b: args[2] as tf.Tensor2D, blocks: blocks! },
          0.5,
        ),
      );
    const [dx, dA, dB] = tf.grads(loss as (...args: tf.Tensor[]) => tf.Tensor)([x, a, b]) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    close(numbers(dB), [0.5, 0, 0, 0, 6, 6]); // scale·(x·A)ᵀ·1, in the blocks
    close(numbers(dA), [1.5, 4.5, 15, 45]); // xᵀ·(1·Bᵀ)·scale: rows of B sum to 3 and 9
    close(numbers(dx), [2 + 1.5 + 2 * 4.5, 1 + 4.5]); // row sums of W, and of A·B·scale
    tf.dispose([x, w, a, b, blocks!]);
  });
  assert.is(left, 0);
});

test.run();
