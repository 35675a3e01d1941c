import { tf } from "../../backend/tf";
import { aggregate } from "./aggregate";
import { detached, maskedMean } from "./masked-mean";
import { readTensors, type PolicyLoss, type PolicyLossInput, type PolicyLossOptions } from "./policy-loss-input";
import { clippedRatio, clipRange, constant, logRatio } from "./ratio";

/**
 * Clipped importance sampling (MiniMax 2025, CISPO, eq. 4), as verl's "cispo": the weight is clipped and held constant,
 * so that a token never stops giving a gradient.
 *
 *   L = E[−sg[clip(ρ, 1−ε, 1+ε_high)]·Â·log π]
 */
export function weightedPolicyLoss(
  input: PolicyLossInput,
  { clip = 0.2, clipHigh = clip, ratioBound = 20, ...aggregation }: PolicyLossOptions = {},
): PolicyLoss {
  return tf.tidy(() => {
    const { logps, oldLogps, advantages, mask, weigh } = readTensors("weightedPolicyLoss", input);
    const ratio = constant(() => tf.exp(logRatio(logps, oldLogps, ratioBound)));
    const clipped = constant(() => clippedRatio(ratio, clipRange(clip, clipHigh)));
    const losses = tf.neg(tf.mul(tf.mul(clipped, advantages), logps));
    return {
      loss: aggregate(weigh(losses), mask, aggregation),
      clipFraction: detached(() => maskedMean(tf.cast(tf.notEqual(ratio, clipped), "float32"), mask)),
      kl: detached(() => maskedMean(tf.neg(logRatio(logps, oldLogps, ratioBound)), mask)),
    };
  });
}
