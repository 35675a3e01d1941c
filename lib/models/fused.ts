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

/**
 * Log-probability of a label and entropy of the distribution, for every row of logits, nats.
 *
 * With p = softmax(l):  ∂logp/∂l = 1[label] − p,   ∂H/∂l = −p·(l − Σ p·l).
 *
 * @param logits [N, V]
 * @param labels int32 [N]
 * @returns [N, 2]: logp, H; the caller owns it
 */
export function labelStatistics(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor2D {
  const [N, V] = logits.shape;
  const operation = tf.customGrad((...args: unknown[]) => {
    const [l, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const places = tf.add(tf.mul(tf.range(0, N, 1, "int32"), tf.scalar(V, "int32")), labels); // of each label in the flat logits
    const peak = tf.max(l, -1, true);
    const exponent = tf.exp(tf.sub(l, peak));
    const total = tf.sum(exponent, -1, true);
    const mean = tf.div(tf.sum(tf.mul(exponent, l), -1, true), total); // Σ p·l
    const logTotal = tf.add(peak, tf.log(total));
    const chosen = tf.gather(tf.reshape(l, [-1]), places as tf.Tensor1D).reshape([N, 1]);
    save([l, exponent, total, mean, places]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [raw, e, z, centre, at] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const [dLogp, dEntropy] = tf.split(dy, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const constant = tf.div(tf.sub(tf.mul(dEntropy, centre), dLogp), z);
      const spread = tf.reshape(tf.mul(e, tf.sub(constant, tf.mul(raw, tf.div(dEntropy, z)))), [-1]);
      const atLabels = tf.add(tf.gather(spread, at), tf.reshape(dLogp, [-1]));
      return tf.tensorScatterUpdate(spread, tf.expandDims(at, 1) as tf.Tensor2D, atLabels).reshape([N, V]);
    };
    return { value: tf.concat([tf.sub(chosen, logTotal), tf.sub(logTotal, mean)], 1), gradFunc };
  });
  return operation(logits) as tf.Tensor2D;
}
