import { sameShape } from "../../core/shapes";
import { tf } from "../../backend/tf";
import type { Aggregation } from "./aggregate";
import { inside } from "./masked-mean";

/** A loss with what is worth logging about it; all scalars, owned by the caller. */
export interface PolicyLoss {
  readonly loss: tf.Scalar;
  readonly clipFraction: tf.Scalar; // share of tokens that the clip stopped; 0 where a loss has no clip
  readonly kl: tf.Scalar; // mean of log π_old − log π, nats: verl's ppo_kl
  readonly lowerClipFraction?: tf.Scalar; // share of tokens that the dual clip bounded; only where there is one
}

/** What every policy loss reads. */
export interface PolicyLossInput {
  /** [B, R] log π(token), nats, under the policy being trained: gradients flow here only */
  readonly logps: tf.Tensor2D;
  /** [B, R] the same under the policy that sampled the tokens */
  readonly oldLogps: tf.Tensor2D;
  /** [B, R] */
  readonly advantages: tf.Tensor2D;
  /** [B, R] 1 on response tokens */
  readonly mask: tf.Tensor2D;
  /**
   * [B, R] importance weights of the sampler's mismatch (importanceWeights); each token's loss is multiplied by its
   * weight
   */
  readonly weights?: tf.Tensor2D | undefined;
}

/** Settings of a policy loss; each reads those that it has a use for. */
export interface PolicyLossOptions extends Aggregation {
  readonly clip?: number; // ε below 1, and above it where clipHigh is absent; 0.2 by default
  readonly clipHigh?: number; // ε above 1
  readonly dualClip?: number; // c > 1, or Infinity for none
  readonly ratioBound?: number; // of |log ρ|, nats; 20 as in verl, or Infinity
}

/** A policy loss: what it reads and its settings give a loss and its figures. Borrows the tensors, owns nothing. */
export type PolicyLossFunction = (input: PolicyLossInput, options?: PolicyLossOptions) => PolicyLoss;

/**
 * The tensors of a policy loss with 0 outside the mask: a NaN that stands there enters neither the loss nor a gradient.
 * Throws RangeError where shapes differ. Made inside the tidy of the loss, which frees them.
 */
export function readTensors(
  where: string,
  { weights, ...tensors }: PolicyLossInput,
): Required<Omit<PolicyLossInput, "weights">> & { readonly weigh: (losses: tf.Tensor) => tf.Tensor2D } {
  sameShape(where, "[B, R]", { ...tensors, ...(weights && { weights }) });
  const { mask } = tensors;
  return {
    logps: inside(tensors.logps, mask),
    oldLogps: inside(tensors.oldLogps, mask),
    advantages: inside(tensors.advantages, mask),
    mask,
    weigh: (losses) => (weights ? tf.mul(losses, inside(weights, mask)) : losses) as tf.Tensor2D,
  };
}
