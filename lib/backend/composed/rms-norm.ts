import { differentiable } from "../differentiable";
import { tf } from "../tf";

/** The norm of Kernels, with a gradient by hand: autodiff would pass over the rows several times more. */
export const rmsNorm = (x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D =>
  differentiable([x, weight], (save) => {
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)); // [N, 1]
    const normal = tf.mul(x, inverse);
    save([normal, inverse, weight]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [unit, rate, gain] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const inner = tf.mul(dy, gain);
      const dx = tf.mul(rate, tf.sub(inner, tf.mul(unit, tf.mean(tf.mul(inner, unit), -1, true))));
      return [dx, tf.sum(tf.mul(dy, unit), 0)];
    };
    return { value: tf.mul(normal, weight), gradFunc };
  });
