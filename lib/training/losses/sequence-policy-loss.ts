import { tf } from "../../backend/tf";
import { aggregate } from "./aggregate";
import { detached, maskedMean } from "./masked-mean";
import { readTensors, type PolicyLoss, type PolicyLossInput, type PolicyLossOptions } from "./policy-loss-input";
import { clippedRatio, clipRange, constant } from "./ratio";

/**
 * Group sequence policy optimisation (Zheng et al. 2025, GSPO-token, eq. 14), as verl's "gspo": the clip looks at whole
 * sequences, which are what is rewarded.
 *
 *   s_b = exp((Σ_t log π − log π_old) / R_b),   s_bt = sg[s_b]·π / sg[π],   L = E[max(−sÂ, −clip(s, 1−ε, 1+ε_high)Â)]
 *
 * sg holds a factor constant, so each token's gradient is s_b·Â·∇log π. Its ε are of the order of 1e-4, because the
 * mean of a sequence's log-ratios moves far less than one of them. Aggregated as seq-mean-token-mean where no mode is
 * given.
 */
export function sequencePolicyLoss(
  input: PolicyLossInput,
  { clip = 3e-4, clipHigh = 4e-4, mode = "seq-mean-token-mean", ...aggregation }: PolicyLossOptions = {},
): PolicyLoss {
  return tf.tidy(() => {
    const { logps, oldLogps, advantages, mask, weigh } = readTensors("sequencePolicyLoss", input);
    const shift = constant(() => {
      const means = tf.div(tf.sum(tf.sub(logps, oldLogps), 1, true), tf.maximum(tf.sum(mask, 1, true), 1)); // [B, 1]
      return tf.sub(means, logps) as tf.Tensor2D;
    });
    const ratio = tf.exp(tf.minimum(tf.add(logps, shift), 10)) as tf.Tensor2D; // verl's bound
    const plain = tf.neg(tf.mul(ratio, advantages));
    const clipped = tf.neg(tf.mul(clippedRatio(ratio, clipRange(clip, clipHigh)), advantages));
    return {
      loss: aggregate(weigh(tf.maximum(plain, clipped)), mask, { ...aggregation, mode }),
      clipFraction: detached(() => maskedMean(tf.cast(tf.greater(clipped, plain), "float32"), mask)),
      kl: detached(() => maskedMean(tf.sub(oldLogps, logps), mask)),
    };
  });
}
