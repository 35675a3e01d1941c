import { sameShape } from "../../core/shapes";
import { tf } from "../../backend/tf";
import { aggregate, type Aggregation } from "./aggregate";
import { detached, maskedMean } from "./masked-mean";

/** A loss with what is worth logging about it; all scalars, owned by the caller. */
interface ValueLoss {
  readonly loss: tf.Scalar;
  readonly clipFraction: tf.Scalar; // share of tokens where the clip made the loss larger
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
 * @param clip ε, in units of the reward; Infinity for no clip
 */
export function valueLoss(
  { values, oldValues, returns, mask }: Record<"values" | "oldValues" | "returns" | "mask", tf.Tensor2D>,
  { clip = 0.5, ...aggregation }: { readonly clip?: number } & Aggregation = {},
): ValueLoss {
  sameShape("valueLoss", "[B, R]", { values, oldValues, returns, mask });
  return tf.tidy(() => {
    const near = tf.add(oldValues, tf.clipByValue(tf.sub(values, oldValues), -clip, clip));
    const plain = tf.square(tf.sub(values, returns));
    const clipped = tf.square(tf.sub(near, returns));
    return {
      loss: tf.mul(0.5, aggregate(tf.maximum(plain, clipped) as tf.Tensor2D, mask, aggregation)) as tf.Scalar,
      clipFraction: detached(() => maskedMean(tf.cast(tf.greater(clipped, plain), "float32"), mask)),
    };
  });
}
