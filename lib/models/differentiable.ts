import { tf } from "./backend/tf";

/** A value and its gradients in the inputs, of what was saved for them. */
export interface Differentiable {
  readonly value: tf.Tensor;
  readonly gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];
}

/**
 * An operation with a hand-written gradient. tfjs disposes of what a gradient closes over before it runs, so everything it
 * needs goes through `save`, unless it is older than the loss.
 *
 * @param inputs what it can be differentiated by
 */
export const differentiable = <T extends tf.Tensor>(inputs: readonly tf.Tensor[], compute: (save: tf.GradSaveFunc) => Differentiable): T =>
  tf.customGrad((...args: unknown[]) => compute(args.at(-1) as tf.GradSaveFunc))(...inputs) as T;
