import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { numbers, tensorsLeftBy } from "../../fixtures";

test("a clone shares its original's numbers, and outlives it", async () => {
  await useBackend("wasm");
  const left = await tensorsLeftBy(() => {
    const original = tf.tensor1d([1, 2, 3]);
    const buffers = tf.memory().numDataBuffers;
    const clone = tf.clone(original);
    assert.is(tf.memory().numDataBuffers, buffers);
    original.dispose();
    tf.ones([3]).dispose(); // would be put where the numbers were, had they been given up
    assert.equal(numbers(clone), [1, 2, 3]);
  });
  assert.is(left, 0);
});

test("a variable's clone keeps the numbers that it was cloned with", async () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const clone = tf.clone(variable);
  tf.tidy(() => variable.assign(tf.tensor1d([3, 4])));
  assert.equal(numbers(clone), [1, 2]);
  variable.dispose();
});

test.run();
