import { tf } from "./backend/tf";

/**
 * Operations with a hand-written gradient, where autodiff would pass over large tensors several times more.
 * tfjs disposes of what a gradient closes over before it runs, so everything it needs goes through `save`.
 */

/** x / rms(x) · weight over the last axis (Zhang & Sennrich 2019). `x` [N, C], `weight` [C] → [N, C]. */
export function rmsNorm(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  const operation = tf.customGrad((...args: unknown[]) => {
    const [input, scale, save] = args as [tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(input), -1, true), epsilon)); // [N, 1]
    const normal = tf.mul(input, inverse);
    save([normal, inverse, scale]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [unit, rate, gain] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const inner = tf.mul(dy, gain);
      const dx = tf.mul(rate, tf.sub(inner, tf.mul(unit, tf.mean(tf.mul(inner, unit), -1, true))));
      return [dx, tf.sum(tf.mul(dy, unit), 0)];
    };
    return { value: tf.mul(normal, scale), gradFunc };
  });
  return operation(x, weight) as tf.Tensor2D;
}
