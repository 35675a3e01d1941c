import type { Kernels } from "../kernels";
import { tf } from "../tf";

/** A dozen passes over each variable. */
export const adam: Kernels["adam"] = (parts, { beta1, beta2, epsilon, rate, correction, shrink, scale }) => {
  for (const { variable, gradient, first, second } of parts)
    tf.tidy(() => {
      const scaled = tf.mul(gradient, scale);
      first.assign(tf.add(tf.mul(first, beta1), tf.mul(scaled, 1 - beta1)));
      second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(scaled), 1 - beta2)));
      const denominator = tf.add(tf.mul(tf.sqrt(second), correction), epsilon);
      variable.assign(
        tf.sub(shrink === 1 ? variable : tf.mul(variable, shrink), tf.mul(tf.div(first, denominator), rate)),
      );
    });
};

export const squaredNorm: Kernels["squaredNorm"] = (gradients) =>
  tf.tidy(() => tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))) as tf.Scalar);
