import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { gradients } from "../../lib/backend/gradients";
import { tf } from "../../lib/backend/tf";
import { close, numbers, tensorsLeftBy, tinyPolicy } from "../fixtures";

test.before(async () => void (await useBackend("cpu")));

test("a product's gradients by hand, and zeros for what has no part in it", async () => {
  const left = await tensorsLeftBy(() => {
    const [x, y, z] = [tf.tensor1d([2, 3]), tf.tensor1d([5, 7]), tf.tensor1d([1])];
    const { value, gradients: found } = gradients(() => tf.sum(tf.mul(x, y)), [x, y, z]);
    assert.equal(
      [value, ...found].map((tensor) => numbers(tensor)),
      [[31], [5, 7], [2, 3], [0]],
    );
    tf.dispose([x, y, z]);
  });
  assert.is(left, 0);
});

test("what is used twice gets both gradients, and the value may be told its own", () => {
  const x = tf.tensor1d([3, 4]);
  const {
    value,
    gradients: [dx],
  } = gradients(() => tf.add(tf.square(x), x), [x], tf.tensor1d([1, 10]));
  assert.equal(
    [numbers(value), numbers(dx!)],
    [
      [12, 20],
      [7, 90],
    ],
  ); // (2x + 1)·dy
});

test("a model's gradients are those of tf.variableGrads, to the last bit", async () => {
  const policy = tinyPolicy();
  const batch = policy.batch([
    { prompt: [7, 250, 31], response: [5, 299] },
    { prompt: [12], response: [90, 4, 290] },
  ]);
  const loss = () => tf.tidy(() => tf.sum(policy.tokenLogps(batch).logps) as tf.Scalar);
  const expected = tf.variableGrads(loss, policy.variables);
  const left = await tensorsLeftBy(() => {
    const actual = gradients(loss, policy.variables);
    assert.equal(numbers(actual.value), Array.from(expected.value.dataSync()));
    policy.variables.forEach(({ name }, i) =>
      assert.equal(numbers(actual.gradients[i]!), Array.from(expected.grads[name]!.dataSync()), name),
    );
  });
  assert.is(left, 0);
});

test("it may be called within the gradient of an operation, under tf.grad too", () => {
  const square = (x: tf.Tensor) => {
    const operation = tf.customGrad((...args: unknown[]) => {
      const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
      save([input]);
      const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) =>
        tf.tidy(() => gradients(() => tf.square(saved!), [saved!], dy).gradients);
      return { value: tf.square(input), gradFunc };
    });
    return operation(x);
  };
  const f = (x: tf.Tensor) => tf.sum(tf.mul(tf.exp(square(x)), x)) as tf.Scalar; // (2x² + 1)·exp x²
  const x = tf.tensor1d([0.5]);
  const expected = [1.5 * Math.exp(0.25)];
  close(numbers(tf.grad(f)(x)), expected);
  const {
    value,
    gradients: [own],
  } = gradients(() => f(x), [x]);
  value.dispose();
  close(numbers(own!), expected);
});

test("an operation without a gradient is named, and neither it nor a loss that throws leaves a tensor", async () => {
  const x = tf.tensor1d([1, 2]);
  const left = await tensorsLeftBy(() => {
    assert.throws(
      () => gradients(() => tf.sum(tf.mul(tf.cast(tf.greater(x, 1), "float32"), tf.exp(x))), [x]),
      /Greater has no gradient/,
    );
    assert.throws(
      () =>
        gradients(() => {
          tf.exp(x);
          throw new Error("mine");
        }, [x]),
      /mine/,
    );
  });
  assert.is(left, 0);
});

test.run();
