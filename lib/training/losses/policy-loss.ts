import { sameShape } from "../../core/shapes";
import { unrecorded } from "../../backend/tape";
import { tf } from "../../backend/tf";

/** Σ over the mask / number of masked tokens. What lies outside the mask, NaN included, never enters. */
export const maskedMean = (values: tf.Tensor, mask: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const inside = tf.where(tf.cast(mask, "bool"), values, tf.zerosLike(values));
    return tf.div(tf.sum(inside), tf.add(tf.sum(mask), 1e-8)) as tf.Scalar;
  });

/** A loss with what is worth logging about it; all scalars, owned by the caller. */
export type PolicyLoss = { loss: tf.Scalar; clipFraction: tf.Scalar; kl: tf.Scalar };
export type ValueLoss = { loss: tf.Scalar; clipFraction: tf.Scalar };

/**
 * Clipped surrogate loss (Schulman et al. 2017, eq. 7), averaged over response tokens.
 *
 *   L = E[max(−ρÂ, −clip(ρ, 1−ε, 1+ε)Â)],   ρ = exp(clamp(logp − logpOld, ±20))
 *
 * With `dualClip` c > 1, tokens with Â < 0 lose at most −cÂ (Ye et al. 2020); DeepRetrieval's verl has none.
 *
 * @param logps [B, R] log π(token), nats, under the policy being trained: gradients flow here only
 * @param oldLogps [B, R] the same under the policy that sampled the tokens
 * @param advantages [B, R]
 * @param mask [B, R] 1 on response tokens
 */
export function policyLoss(
  { logps, oldLogps, advantages, mask }: Record<"logps" | "oldLogps" | "advantages" | "mask", tf.Tensor2D>,
  { clip = 0.2, dualClip = Infinity } = {},
): PolicyLoss {
  sameShape("policyLoss", "[B, R]", { logps, oldLogps, advantages, mask });
  return tf.tidy(() => {
    const difference = tf.clipByValue(tf.sub(logps, oldLogps), -20, 20);
    const ratio = tf.exp(difference);
    const plain = tf.neg(tf.mul(ratio, advantages));
    const clipped = tf.neg(tf.mul(tf.clipByValue(ratio, 1 - clip, 1 + clip), advantages));
    const worse = tf.maximum(plain, clipped);
    const bounded =
      dualClip === Infinity
        ? worse
        : tf.where(tf.less(advantages, 0), tf.minimum(tf.mul(advantages, -dualClip), worse), worse);
    return {
      loss: maskedMean(bounded, mask),
      clipFraction: detached(() => maskedMean(tf.cast(tf.greater(clipped, plain), "float32"), mask)),
      kl: detached(() => maskedMean(tf.neg(difference), mask)),
    };
  });
}

/**
 * Clipped value loss, averaged over response tokens (verl's compute_value_loss).
 *
 *   L = ½·E[max((V − R)², (clip(V, V_old − ε, V_old + ε) − R)²)]
 *
 * @param values [B, R] the critic being trained: gradients flow here only
 * @param oldValues [B, R] the critic when the responses were sampled
 * @param returns [B, R]
 * @param mask [B, R] 1 on response tokens
 */
export function valueLoss(
  { values, oldValues, returns, mask }: Record<"values" | "oldValues" | "returns" | "mask", tf.Tensor2D>,
  { clip = 0.5 } = {},
): ValueLoss {
  sameShape("valueLoss", "[B, R]", { values, oldValues, returns, mask });
  return tf.tidy(() => {
    const near = tf.add(oldValues, tf.clipByValue(tf.sub(values, oldValues), -clip, clip));
    const plain = tf.square(tf.sub(values, returns));
    const clipped = tf.square(tf.sub(near, returns));
    return {
      loss: tf.mul(0.5, maskedMean(tf.maximum(plain, clipped), mask)),
      clipFraction: detached(() => maskedMean(tf.cast(tf.greater(clipped, plain), "float32"), mask)),
    };
  });
}

/**
 * A scalar that no gradient flows through: comparisons have none, and tfjs throws where it meets them. The result is kept,
 * because a gradient tidies away everything but the loss: the caller disposes of it.
 */
const detached = (measure: () => tf.Scalar): tf.Scalar => tf.keep(unrecorded(() => tf.tidy(measure)));
