import { unrecorded } from "../../backend/tape";
import { tf } from "../../backend/tf";

/** How far the ratio may move, as 1 − low and 1 + high. */
interface ClipRange {
  readonly low: number;
  readonly high: number;
}

/** `clip` alone clips both sides; `clipHigh` sets the upper one (DAPO's clip-higher). */
export const clipRange = (clip: number, clipHigh = clip): ClipRange => ({ low: clip, high: clipHigh });

/** ρ held within 1 ± ε. A gradient flows only where it was inside. */
export const clippedRatio = (ratio: tf.Tensor2D, { low, high }: ClipRange): tf.Tensor2D =>
  tf.clipByValue(ratio, 1 - low, 1 + high);

/**
 * log ρ = log π − log π_old of each token, held within ±bound so that its exponential is finite.
 *
 * @param bound nats: 20 in verl; Infinity where a framework has none
 */
export const logRatio = (logps: tf.Tensor2D, oldLogps: tf.Tensor2D, bound = 20): tf.Tensor2D => {
  const difference = tf.sub(logps, oldLogps) as tf.Tensor2D;
  return bound === Infinity ? difference : tf.clipByValue(difference, -bound, bound);
};

/**
 * The same numbers as a constant: no gradient flows through them (torch's detach, JAX's stop_gradient). Owned by the
 * caller.
 */
export const constant = <T extends tf.Tensor>(values: () => T): T => unrecorded(() => tf.tidy(values));
