import { tf } from "../../backend/tf";
import { aggregate } from "./aggregate";
import { detached, maskedMean } from "./masked-mean";
import { readTensors, type PolicyLoss, type PolicyLossInput, type PolicyLossOptions } from "./policy-loss-input";
import { clippedRatio, clipRange, logRatio } from "./ratio";

/**
 * Clipped surrogate loss (Schulman et al. 2017, eq. 7), averaged over response tokens. verl's "vanilla".
 *
 *   L = E[max(−ρÂ, −clip(ρ, 1−ε, 1+ε_high)Â)],   ρ = exp(clamp(logp − logpOld, ±20))
 *
 * With `dualClip` c > 1, tokens with Â < 0 lose at most −cÂ (Ye et al. 2020); DeepRetrieval's verl has none.
 * With `clipHigh` above `clip` it is DAPO's clip-higher (Yu et al. 2025): rare tokens may gain more before the clip
 * stops them.
 */
export function policyLoss(
  input: PolicyLossInput,
  { clip = 0.2, clipHigh = clip, dualClip = Infinity, ratioBound = 20, ...aggregation }: PolicyLossOptions = {},
): PolicyLoss {
  return tf.tidy(() => {
    const { logps, oldLogps, advantages, mask, weigh } = readTensors("policyLoss", input);
    const difference = logRatio(logps, oldLogps, ratioBound);
    const ratio = tf.exp(difference);
    const plain = tf.neg(tf.mul(ratio, advantages));
    const clipped = tf.neg(tf.mul(clippedRatio(ratio, clipRange(clip, clipHigh)), advantages));
    const worse = tf.maximum(plain, clipped) as tf.Tensor2D;
    const most = dualClip === Infinity ? undefined : (tf.mul(advantages, -dualClip) as tf.Tensor2D);
    const bounded = most ? (tf.where(tf.less(advantages, 0), tf.minimum(most, worse), worse) as tf.Tensor2D) : worse;
    return {
      loss: aggregate(weigh(bounded), mask, aggregation),
      clipFraction: detached(() => maskedMean(tf.cast(tf.greater(clipped, plain), "float32"), mask)),
      kl: detached(() => maskedMean(tf.neg(difference), mask)),
      ...(most && {
        lowerClipFraction: detached(() =>
          maskedMean(tf.cast(tf.logicalAnd(tf.greater(worse, most), tf.less(advantages, 0)), "float32"), mask),
        ),
      }),
    };
  });
}
