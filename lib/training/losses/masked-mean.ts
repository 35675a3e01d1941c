import { unrecorded } from "../../backend/tape";
import { tf } from "../../backend/tf";

/** Values inside the mask, 0 outside it. A NaN outside never enters, neither the value nor the gradient. */
export const inside = <T extends tf.Tensor>(values: T, mask: tf.Tensor): T =>
  tf.where(tf.cast(mask, "bool"), values, tf.zerosLike(values)) as T;

/**
 * Σ over the mask / number of masked tokens. What lies outside the mask, NaN included, never enters. 0 where nothing is
 * inside.
 */
export const maskedMean = (values: tf.Tensor, mask: tf.Tensor): tf.Scalar =>
  tf.tidy(() => tf.div(tf.sum(inside(values, mask)), tf.add(tf.sum(mask), 1e-8)) as tf.Scalar);

/**
 * A scalar that no gradient flows through: comparisons have none, and tfjs throws where it meets them. The result is
 * kept, because a gradient tidies away everything but the loss: the caller disposes of it.
 */
export const detached = (measure: () => tf.Scalar): tf.Scalar => tf.keep(unrecorded(() => tf.tidy(measure)));
