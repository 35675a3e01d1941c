import { tf } from "../../backend/tf";
import { aggregate } from "./aggregate";
import { detached, maskedMean } from "./masked-mean";
import { readTensors, type PolicyLoss, type PolicyLossInput, type PolicyLossOptions } from "./policy-loss-input";
import { constant, logRatio } from "./ratio";

/** Settings of the soft gate. */
export interface SoftGateOptions extends PolicyLossOptions {
  readonly tauPositive?: number; // τ of tokens with Â > 0; 1 by default
  readonly tauNegative?: number; // τ of the others; 1.05 by default: a larger τ lets their gradient fall faster
}

/**
 * Soft adaptive policy optimisation (Gao et al. 2025, SAPO, eq. 5 and 6), as verl's "sapo": a gate that falls smoothly
 * takes the place of the clip.
 *
 *   L = E[−f(ρ)·Â],   f(ρ) = (4/τ)·σ(τ·(ρ − 1)),   τ = τ_positive where Â > 0, else τ_negative
 *
 * Its slope is 4·p·(1 − p) with p = σ(τ·(ρ − 1)): 1 on policy, and smaller the further a token has moved. Aggregated as
 * seq-mean-token-mean where no mode is given.
 */
export function softGatePolicyLoss(
  input: PolicyLossInput,
  {
    tauPositive = 1,
    tauNegative = 1.05,
    ratioBound = 20,
    mode = "seq-mean-token-mean",
    ...aggregation
  }: SoftGateOptions = {},
): PolicyLoss {
  return tf.tidy(() => {
    const { logps, oldLogps, advantages, mask, weigh } = readTensors("softGatePolicyLoss", input);
    const difference = logRatio(logps, oldLogps, ratioBound);
    const tau = constant(() => {
      const positive = tf.cast(tf.greater(advantages, 0), "float32");
      return tf.add(tf.mul(positive, tauPositive - tauNegative), tauNegative) as tf.Tensor2D;
    });
    const gate = tf.mul(tf.sigmoid(tf.mul(tau, tf.sub(tf.exp(difference), 1))), tf.div(4, tau));
    return {
      loss: aggregate(weigh(tf.neg(tf.mul(gate, advantages))), mask, { ...aggregation, mode }),
      clipFraction: detached(() => tf.scalar(0)),
      kl: detached(() => maskedMean(tf.neg(difference), mask)),
    };
  });
}
