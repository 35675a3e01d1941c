import { tf } from "../../backend/tf";
import type { Algorithm } from "../algorithms/algorithm";
import { klLoss } from "../kl/kinds";
import { aggregate, type Aggregation, type Totals } from "../losses/aggregate";
import type { LoopConfig } from "./loop-config";
import type { Log } from "./batches/mini-batches";

/** What the loss of a policy reads. All are [B, R] and borrowed. */
interface ObjectiveInput {
  readonly logps: tf.Tensor2D; // log π of the tokens: gradients flow here only
  readonly oldLogps: tf.Tensor2D;
  readonly advantages: tf.Tensor2D;
  readonly mask: tf.Tensor2D; // 1 on response tokens
  readonly weights?: tf.Tensor2D; // importance weights of the sampler's mismatch
  readonly reference?: tf.Tensor2D; // log π_ref; present where the algorithm has a KL penalty in the loss
}

/** How the losses of a micro-batch add up to those of its mini-batch. */
interface ObjectiveScale {
  readonly totals: Totals;
  readonly share: number; // of the response tokens of the mini-batch
  readonly beta: number; // coefficient of the KL penalty
}

/**
 * The loss of an algorithm as far as it is a function of the log-probabilities of the tokens: the policy loss, and the
 * KL penalty where it is in the loss. A mean over tokens is scaled by the share of the micro-batch; the other modes
 * divide by the totals.
 *
 * @returns `total`, to be multiplied by `scale`; `counted` aggregates other losses of tokens in the same way. The
 * caller
 *   owns the tensors.
 */
export function policyObjective(
  { logps, oldLogps, advantages, mask, weights, reference }: ObjectiveInput,
  { loss: policyLoss, lossOptions, kl }: Algorithm,
  { maxResponse }: Pick<LoopConfig, "maxResponse">,
  { totals, share, beta }: ObjectiveScale,
  log: Log,
): { total: tf.Scalar; scale: number; counted: Aggregation } {
  const mode = lossOptions.mode ?? "token-mean";
  const byToken = mode === "token-mean";
  const scale = byToken ? share : 1;
  const counted: Aggregation = byToken ? { mode } : { mode, totals, horizon: lossOptions.horizon ?? maxResponse };
  const input = { logps, oldLogps, advantages, mask, ...(weights && { weights }) };
  const { loss, clipFraction, kl: moved, lowerClipFraction } = policyLoss(input, { ...lossOptions, ...counted });
  log(scale, { "actor/pg_loss": loss.clone() });
  log(share, { "actor/pg_clipfrac": clipFraction });
  if (lowerClipFraction) log(share, { "actor/pg_clipfrac_lower": lowerClipFraction });
  log(share, { "actor/ppo_kl": moved });
  if (!kl || !reference) return { total: loss, scale, counted };
  const penalty = aggregate(klLoss(kl.kind, { logps, reference }, kl.bounds), mask, counted);
  log(scale, { "actor/kl_loss": penalty.clone() });
  return { total: tf.add(loss, tf.mul(beta, penalty)), scale, counted };
}
