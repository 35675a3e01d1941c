import { unrecorded } from "../../backend/tape";
import { tf } from "../../backend/tf";

/** A token and how its log-probability and its advantage vary together. */
export interface TokenCovariance {
  readonly place: number; // b·R + t
  readonly covariance: number;
  readonly stopped: boolean; // whether the clip of the ratio has stopped it
}

/**
 * The part of each token in the covariance of advantage and log-probability (Cui et al. 2025, "The entropy mechanism",
 * eq. 10), in order, of the tokens inside the mask only.
 *
 *   C_t = (Â_t − E[Â])·(log π_t − E[log π])
 *
 * A policy loses entropy by the tokens in which it is large: likely ones with a large advantage. No gradient flows
 * through it. The tensors are [B, R] and borrowed.
 *
 * @param stopped [B, R] of booleans: the tokens that the clip of the ratio has stopped; none where it is absent
 */
export function tokenCovariances(
  logps: tf.Tensor2D,
  advantages: tf.Tensor2D,
  mask: tf.Tensor2D,
  stopped?: tf.Tensor,
): readonly TokenCovariance[] {
  const held = stopped && unrecorded(() => stopped.dataSync());
  const [own, earned, ones] = unrecorded(() => [logps, advantages, mask].map((tensor) => tensor.dataSync()));
  const places = [...ones!.keys()].filter((place) => ones![place]! > 0);
  const meanOf = (values: ArrayLike<number>) =>
    places.reduce((sum, place) => sum + values[place]!, 0) / Math.max(places.length, 1);
  const [logp, advantage] = [meanOf(own!), meanOf(earned!)];
  return places.map((place) => ({
    place,
    covariance: (earned![place]! - advantage) * (own![place]! - logp),
    stopped: Boolean(held?.[place]),
  }));
}

/** 1 at the places of `chosen`, 0 elsewhere: [B, R], owned by the caller. */
export const marked = (chosen: readonly TokenCovariance[], [B, R]: readonly [number, number]): tf.Tensor2D => {
  const marks = new Float32Array(B * R);
  for (const { place } of chosen) marks[place] = 1;
  return tf.tensor2d(marks, [B, R]);
};
