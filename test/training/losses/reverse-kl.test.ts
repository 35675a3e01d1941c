import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { reverseKL } from "../../../lib/training/losses/reverse-kl";
import { close, numbers, tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

const ln = Math.log;
// student ½ ½ and ¼ ¾, teacher ¼ ¾ and ¼ ¾; a constant added to the logits of a position changes nothing
const student = () =>
  tf.tensor2d([
    [ln(0.5) + 3, ln(0.5) + 3],
    [ln(0.25), ln(0.75)],
  ]);
const teacher = () =>
  tf.tensor2d([
    [ln(0.25), ln(0.75)],
    [ln(0.25) - 2, ln(0.75) - 2],
  ]);
const divergence = 0.5 * ln(2) + 0.5 * ln(2 / 3); // ½·ln(½/¼) + ½·ln(½/¾) = 0.14384

test("the divergence of each position, by hand", () => {
  const [a, b] = [student(), teacher()];
  close(numbers(reverseKL(a, b)), [divergence, 0]);
  tf.dispose([a, b]);
});

test("its gradient is π·(log π − log π_teacher − KL), and nothing is left", async () => {
  const left = await tensorsLeftBy(() => {
    const [a, b] = [student(), teacher()];
    const gradient = tf.grad((logits) => tf.sum(reverseKL(logits as tf.Tensor2D, b)))(a);
    const first = 0.5 * (ln(2) - divergence); // 0.27465, and the two of a position add up to 0
    close(numbers(gradient), [first, -first, 0, 0]);
    tf.dispose([a, b]);
  });
  assert.is(left, 0);
});

test("ids that only one model has are left out: families pad their vocabularies to other sizes", () => {
  const [a, b] = [
    student(),
    tf.tensor2d([
      [ln(0.25), ln(0.75), 9],
      [ln(0.25), ln(0.75), -9],
    ]),
  ];
  close(numbers(reverseKL(a, b)), [divergence, 0]);
  close(numbers(reverseKL(b, a)), [0.25 * ln(0.5) + 0.75 * ln(1.5), 0]);
  tf.dispose([a, b]);
});

test.run();
