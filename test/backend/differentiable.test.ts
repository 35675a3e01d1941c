import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { gradients } from "../../lib/backend/gradients";
import { unrecorded } from "../../lib/backend/tape";
import { tf } from "../../lib/backend/tf";
import { differentiable } from "../../lib/backend/differentiable";

test.before(async () => void (await useBackend("wasm")));

const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

/**
 * x·y, whose gradients are said to be 10·dy·y and 100·dy·x: they can come from nowhere else. `asked` counts who asks
 * for the second.
 */
const times = (x: tf.Tensor, y: tf.Tensor, asked = { times: 0 }): tf.Tensor =>
  differentiable([x, y], (save) => {
    save([x, y]);
    const gradFunc = (dy: tf.Tensor, [a, b]: tf.Tensor[]) => [
      tf.mul(tf.mul(dy, b!), 10),
      () => ((asked.times += 1), tf.mul(tf.mul(dy, a!), 100)),
    ];
    return { value: tf.mul(x, y), gradFunc };
  });

test("both our gradients and tfjs's take the hand-written ones, of tensors that are gone by then", () => {
  const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const before = tf.memory().numTensors;
  // Σ 2a·b; d by a: 2·10·b, by b: 100·2a.
  const loss = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.tidy(() => times(tf.mul(a, 2), b))) as tf.Scalar;
  const { value, gradients: own } = gradients(() => loss(x, y), [x, y]);
  const theirs = tf.tidy(() => tf.grads(loss)([x, y]).map(numbers));
  assert.equal(numbers(value), [22]);
  assert.equal(own.map(numbers), [
    [60, 80],
    [200, 400],
  ]);
  assert.equal(theirs, [
    [60, 80],
    [200, 400],
  ]);
  tf.dispose([value, ...own]);
  assert.is(tf.memory().numTensors, before);
  tf.dispose([x, y]);
});

test("tfjs's gradients pass over those of our operations that have no part in the loss", () => {
  const [x, y] = [tf.tensor1d([1]), tf.tensor1d([3])];
  const found = tf.tidy(() =>
    tf
      .grads((a, b) => (times(a, a), tf.sum(times(times(b, b), a)) as tf.Scalar))([x, y])
      .map(numbers),
  ); // b²·a: by a: 100·b², by b: 10·a·(10 + 100)·b
  assert.equal(found, [[900], [3300]]);
  tf.dispose([x, y]);
});

test("a gradient that is a function is computed only where it is wanted", () => {
  const [x, y] = [tf.tensor1d([1]), tf.tensor1d([3])];
  const asked = { times: 0 };
  tf.dispose(Object.values(gradients(() => tf.sum(times(x, y, asked)), [x])).flat());
  assert.is(asked.times, 0);
  tf.dispose(Object.values(gradients(() => tf.sum(times(x, y, asked)), [y])).flat());
  assert.is(asked.times, 1);
  tf.dispose([x, y]);
});

test("outside of a gradient it keeps nothing, and a failure leaves nothing", () => {
  const x = tf.tensor1d([2]);
  const before = tf.memory().numTensors;
  const square = times(x, x);
  assert.equal(numbers(square), [4]);
  square.dispose();
  const failing = () =>
    differentiable<tf.Scalar>([x], (save) => {
      save([x]);
      throw new Error("no value");
    });
  assert.throws(() => gradients(failing, [x]), /no value/);
  const short = () => differentiable<tf.Scalar>([x, x], () => ({ value: tf.sum(x), gradFunc: (dy) => [dy] }));
  assert.throws(() => gradients(short, [x]), /1 gradients of 2 inputs/);
  assert.is(tf.memory().numTensors, before);
  x.dispose();
});

test("one tensor may be the gradient of several inputs, or dy itself, and a variable may be asked for twice", () => {
  const [x, y] = [tf.tensor1d([1]), tf.tensor1d([5])];
  const before = tf.memory().numTensors;
  const sum = (a: tf.Tensor, b: tf.Tensor) =>
    differentiable<tf.Tensor>([a, b], () => ({ value: tf.add(a, b), gradFunc: (dy) => [dy, dy] }));
  // (x + y)²: 2(x + y).
  const { value, gradients: found } = gradients(() => tf.sum(tf.mul(sum(x, y), sum(y, x))), [x, y, x]);
  assert.equal(found.map(numbers), [[12], [12], [12]]);
  tf.dispose([value, ...found]);
  assert.is(tf.memory().numTensors, before);
  tf.dispose([x, y]);
});

test("no gradient flows through what is not recorded", () => {
  const x = tf.tensor1d([3]);
  const {
    value,
    gradients: [found],
  } = gradients(
    () =>
      tf.sum(
        tf.mul(
          x,
          unrecorded(() => tf.square(x)),
        ),
      ),
    [x],
  ); // x·9, not x³
  assert.equal([...numbers(value), ...numbers(found!)], [27, 9]);
  tf.dispose([value, found!, x]);
});

test.run();
