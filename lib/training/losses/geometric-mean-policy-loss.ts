import { tf } from "../../backend/tf";
import { aggregate } from "./aggregate";
import { detached, inside, maskedMean } from "./masked-mean";
import { readTensors, type PolicyLoss, type PolicyLossInput, type PolicyLossOptions } from "./policy-loss-input";
import { constant, logRatio } from "./ratio";

/**
 * Geometric-mean policy optimisation (Zhao et al. 2025, GMPO, eq. 4), as verl's "geo_mean": the ratio of a sequence is
 * the geometric mean of its tokens' ratios, each clipped in nats first, so that no single token weighs much.
 *
 *   L = −(1/B′)·Σ_b Â_b·exp((1/R_b)·Σ_t s·min(s·d_bt, s·clip(d_bt, −ε, ε_high))),   s = sign Â,   d = log π − log π_old
 *
 * Â_b is the mean advantage of the sequence. ε bounds the logarithm of a ratio: 0.4 keeps the ratio within e^±0.4. An
 * importance weight of a sequence is the geometric mean of its tokens' weights. Aggregated as seq-mean-token-mean where
 * no mode is given. `lowerClipFraction` is the share of tokens with Â < 0 whose ratio left the range, as in verl.
 */
export function geometricMeanPolicyLoss(
  input: PolicyLossInput,
  {
    clip = 0.4,
    clipHigh = clip,
    ratioBound = 20,
    mode = "seq-mean-token-mean",
    ...aggregation
  }: PolicyLossOptions = {},
): PolicyLoss {
  return tf.tidy(() => {
    const { logps, oldLogps, advantages, mask } = readTensors("geometricMeanPolicyLoss", input);
    const { weights } = input;
    const lengths = tf.maximum(tf.sum(mask, 1, true), 1); // [B, 1]
    const meanOf = (values: tf.Tensor): tf.Tensor => tf.div(tf.sum(values, 1, true), lengths); // [B, 1]
    const difference = logRatio(logps, oldLogps, ratioBound);
    const clipped = tf.clipByValue(difference, -clip, clipHigh);
    const sign = constant(() => tf.sign(advantages));
    const ratio = tf.exp(meanOf(tf.mul(sign, tf.minimum(tf.mul(sign, difference), tf.mul(sign, clipped)))));
    const weight = weights
      ? constant(() => tf.exp(meanOf(inside(tf.log(tf.add(inside(weights, mask), 1e-10)), mask))))
      : tf.scalar(1);
    const losses = tf.neg(tf.mul(tf.mul(meanOf(advantages), ratio), weight)); // [B, 1]
    const shareOf = (sided: () => tf.Tensor): tf.Scalar =>
      detached(() => maskedMean(tf.cast(tf.logicalAnd(tf.notEqual(difference, clipped), sided()), "float32"), mask));
    return {
      loss: aggregate(tf.mul(losses, tf.onesLike(mask)) as tf.Tensor2D, mask, { ...aggregation, mode }),
      clipFraction: shareOf(() => tf.greater(advantages, 0)),
      lowerClipFraction: shareOf(() => tf.less(advantages, 0)),
      kl: detached(() => maskedMean(tf.neg(difference), mask)),
    };
  });
}
