import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { tf } from "../../lib/backend/tf";
import { variableFrom } from "../../lib/models/decoder/weights";
import { adamW } from "../../lib/training/optimizer";
import { close, sharedJson, tensorsLeftBy } from "../fixtures";

test.before(async () => void (await useBackend("cpu")));

const variableOf = (values: readonly number[]) => variableFrom(tf.tensor1d([...values]));
/** A loss whose gradient is `gradient`. */
const slope = (variable: tf.Variable, gradient: readonly number[]) => () =>
  tf.sum(tf.mul(variable, tf.tensor1d([...gradient]))) as tf.Scalar;

test("Adam's first step is the learning rate, whatever the gradient's size", () => {
  const x = variableOf([1, 1]);
  const optimizer = adamW([x], { weightDecay: 0 });
  const { loss, gradNorm } = optimizer.minimise(slope(x, [0.3, -0.4]), 0.1);
  close([loss, gradNorm], [-0.1, 0.5]); // 0.3 − 0.4; √(0.09 + 0.16)
  close(Array.from(x.dataSync()), [0.9, 1.1], { rtol: 1e-6 });
  optimizer.dispose();
});

test("weight decay is decoupled: it shrinks weights whose gradient is zero", () => {
  const x = variableOf([2]);
  const optimizer = adamW([x], { weightDecay: 0.5 });
  optimizer.minimise(slope(x, [0]), 0.1);
  close(Array.from(x.dataSync()), [1.9]); // 2·(1 − 0.1·0.5)
  optimizer.dispose();
});

test("the norm is taken over all variables together, and reported as it was before clipping", () => {
  const [x, y] = [variableOf([0]), variableOf([0])];
  const optimizer = adamW([x, y], { maxNorm: 1, weightDecay: 0 });
  const { gradNorm } = optimizer.minimise(() => tf.add(slope(x, [3])(), slope(y, [4])()) as tf.Scalar, 0.1);
  close([gradNorm], [5]);
  close(Array.from(optimizer.state()["first.0"]!.data), [0.06]); // (1 − 0.9)·3/5
  optimizer.dispose();
});

test("a loss that is no number throws, and leaves weights and moments as they were", () => {
  for (const bad of [NaN, Infinity]) {
    const x = variableOf([1, 2]);
    const optimizer = adamW([x]);
    optimizer.minimise(slope(x, [1, 1]), 0.1);
    const before = [...x.dataSync(), ...optimizer.state()["first.0"]!.data, ...optimizer.state()["second.0"]!.data];
    assert.throws(
      () => optimizer.minimise(() => tf.mul(slope(x, [1, 1])(), bad) as tf.Scalar, 0.1),
      (error: Error) =>
        error.name === "RangeError" &&
        /the weights were left as they were\. Lower the learning rate/.test(error.message),
    );
    assert.equal(
      [...x.dataSync(), ...optimizer.state()["first.0"]!.data, ...optimizer.state()["second.0"]!.data],
      before,
    );
    optimizer.dispose();
  }
});

test("a step that failed is not counted: what follows is as if it had never been", () => {
  const run = (failing: boolean) => {
    const x = variableOf([1]);
    const optimizer = adamW([x]);
    if (failing) assert.throws(() => optimizer.minimise(() => tf.mul(tf.sum(x), NaN) as tf.Scalar, 0.1));
    optimizer.minimise(slope(x, [1]), 0.1);
    optimizer.minimise(slope(x, [-3]), 0.1);
    optimizer.dispose();
    return [...x.dataSync()];
  };
  assert.equal(run(true), run(false));
});

test("saved and restored, it goes on bit for bit", () => {
  const gradients = [
    [1, -2],
    [0.5, 0.1],
    [-3, 1],
    [0.2, 0.2],
  ];
  const straight = variableOf([1, 2]);
  const one = adamW([straight]);
  for (const gradient of gradients) one.minimise(slope(straight, gradient), 0.05);

  const broken = variableOf([1, 2]);
  const first = adamW([broken]);
  for (const gradient of gradients.slice(0, 2)) first.minimise(slope(broken, gradient), 0.05);
  const saved = JSON.parse(
    JSON.stringify(first.state(), (_, value: unknown) =>
      value instanceof Float32Array ? { floats: [...value] } : value,
    ),
    (_, value: { floats?: number[] }) => (value?.floats ? Float32Array.from(value.floats) : value),
  ) as ReturnType<typeof first.state>;
  const second = adamW([broken]);
  second.restore(saved);
  for (const gradient of gradients.slice(2)) second.minimise(slope(broken, gradient), 0.05);
  assert.equal([...broken.dataSync()], [...straight.dataSync()]);
});

test("a state of another model is refused by name", () => {
  const optimizer = adamW([variableOf([1, 2])]);
  const other = adamW([variableOf([1, 2, 3])]).state();
  assert.throws(() => optimizer.restore(other), /saved first\.0 is \[3\], the variable is \[2\]/);
});

test("a step leaves no tensor behind, a failed one neither, and dispose frees the moments", async () => {
  const x = variableOf([1, 2]);
  const whole = await tensorsLeftBy(async () => {
    const optimizer = adamW([x]);
    assert.is(await tensorsLeftBy(() => void optimizer.minimise(slope(x, [1, 1]), 0.1)), 0);
    assert.is(
      await tensorsLeftBy(
        () => void assert.throws(() => optimizer.minimise(() => tf.mul(tf.sum(x), NaN) as tf.Scalar, 0.1)),
      ),
      0,
    );
    optimizer.dispose();
  });
  assert.is(whole, 0);
});

type Case = {
  name: string;
  init: number[];
  lr: number;
  weight_decay: number;
  max_norm: number;
  steps: { raw_grad: number[]; grad_norm_before_clip: number; weights_after: number[] }[];
};
for (const c of (sharedJson("golden/rl.json") as { adamw_clip_grad: Case[] } | undefined)?.adamw_clip_grad ?? []) {
  test(`torch's AdamW with clipped gradients: ${c.name}`, () => {
    const x = variableOf(c.init);
    const optimizer = adamW([x], { weightDecay: c.weight_decay, maxNorm: c.max_norm });
    for (const step of c.steps) {
      close([optimizer.minimise(slope(x, step.raw_grad), c.lr).gradNorm], [step.grad_norm_before_clip], {
        what: "norm",
      });
      close(Array.from(x.dataSync()), step.weights_after, { what: "weights" });
    }
  });
}

test.run();
