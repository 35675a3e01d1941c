import { random } from "../../core/random";
import { tf } from "../../backend/tf";
import { aggregate } from "./aggregate";
import { marked, tokenCovariances } from "./covariance";
import { detached, maskedMean } from "./masked-mean";
import { readTensors, type PolicyLoss, type PolicyLossInput, type PolicyLossOptions } from "./policy-loss-input";
import { clippedRatio, clipRange, constant, logRatio } from "./ratio";

/** Settings of the covariance clip, by verl's names clip_cov_ratio, clip_cov_lb and clip_cov_ub. */
export interface ClipCovarianceOptions extends PolicyLossOptions {
  readonly clipCovRatio?: number; // share of all tokens that are held back; 0.0002 by default, one token at least
  readonly clipCovLow?: number; // covariance above which a token may be held back; 1 by default
  readonly clipCovHigh?: number; // and below which; 5 by default
}

/**
 * Clip-Cov (Cui et al. 2025, "The entropy mechanism", eq. 11), as verl's "clip_cov": the clipped surrogate loss, in
 * which a few tokens of high covariance teach nothing, so that entropy does not collapse.
 *
 *   L = E[k_t·max(−ρÂ, −clip(ρ, 1−ε, 1+ε_high)Â)],   k_t = 0 for max(⌊r·N⌋, 1) tokens with low < C_t < high, else 1
 *
 * C_t is the token's covariance (covariance.ts). A token that the ratio clip has stopped is not counted among them.
 * Which of the tokens are held back is drawn from a stream that depends on the batch alone, so that a run can be
 * repeated. `clipFraction` is the share of tokens that are held back, as in verl. There is no dual clip.
 */
export function clipCovariancePolicyLoss(
  input: PolicyLossInput,
  {
    clip = 0.2,
    clipHigh = clip,
    ratioBound = 20,
    clipCovRatio = 0.0002,
    clipCovLow = 1,
    clipCovHigh = 5,
    ...aggregation
  }: ClipCovarianceOptions = {},
): PolicyLoss {
  return tf.tidy(() => {
    const { logps, oldLogps, advantages, mask, weigh } = readTensors("clipCovariancePolicyLoss", input);
    const difference = logRatio(logps, oldLogps, ratioBound);
    const ratio = tf.exp(difference);
    const plain = tf.neg(tf.mul(ratio, advantages));
    const clipped = tf.neg(tf.mul(clippedRatio(ratio, clipRange(clip, clipHigh)), advantages));
    const heldBack = constant(() => {
      const tokens = tokenCovariances(logps, advantages, mask, tf.greater(clipped, plain));
      const candidates = tokens.filter(
        ({ covariance, stopped }) => covariance > clipCovLow && covariance < clipCovHigh && !stopped,
      );
      const count = Math.max(Math.floor(clipCovRatio * tokens.length), 1);
      const rng = random("clip_cov").fork(tokens.length, candidates.length);
      return marked(rng.shuffle(candidates).slice(0, count), mask.shape);
    });
    const losses = tf.mul(tf.maximum(plain, clipped), tf.sub(1, heldBack));
    return {
      loss: aggregate(weigh(losses), mask, aggregation),
      clipFraction: detached(() => maskedMean(heldBack, mask)),
      kl: detached(() => maskedMean(tf.neg(difference), mask)),
    };
  });
}
