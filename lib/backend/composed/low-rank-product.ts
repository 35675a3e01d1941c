import { differentiable } from "../differentiable";
import type { Kernels } from "../kernels";
import { tf } from "../tf";
import { product } from "./product";

type Saved = [x: tf.Tensor2D, A: tf.Tensor2D, B: tf.Tensor2D, h: tf.Tensor2D];

/** The gradient is one operation, so that of all intermediate tensors only x and h are kept for it. */
export const lowRankProduct: Kernels["lowRankProduct"] = (x, matrix, { a, b, blocks }, scale) => {
  const back = ([input, A, B, h]: Saved, dy: tf.Tensor2D): tf.Tensor[] =>
    tf.tidy(() => {
      const g = tf.mul(tf.matMul(dy, B, false, true), scale) as tf.Tensor2D;
      const dB = tf.matMul(h, dy, true);
      return [
        tf.add(product(dy, matrix, true), tf.matMul(g, A, false, true)),
        tf.matMul(input, g, true),
        blocks ? tf.mul(dB, blocks) : dB,
      ];
    });
  return differentiable([x, a, b], (save) => {
    const h = tf.mul(tf.matMul(x, a), scale) as tf.Tensor2D;
    save([x, a, b, h]);
    return {
      value: tf.add(product(x, matrix), tf.matMul(h, b)),
      gradFunc: (dy, saved) => back(saved as Saved, dy as tf.Tensor2D),
    };
  });
};
