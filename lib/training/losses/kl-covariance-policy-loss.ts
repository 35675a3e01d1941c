import { tf } from "../../backend/tf";
import { klLoss } from "../kl/kinds";
import { aggregate } from "./aggregate";
import { marked, tokenCovariances } from "./covariance";
import { detached, maskedMean } from "./masked-mean";
import { readTensors, type PolicyLoss, type PolicyLossInput, type PolicyLossOptions } from "./policy-loss-input";
import { constant, logRatio } from "./ratio";

/** Settings of the covariance penalty, by verl's names kl_cov_ratio and ppo_kl_coef. */
export interface KLCovarianceOptions extends PolicyLossOptions {
  readonly klCovRatio?: number; // share of all tokens that are penalised; 0.0002 by default, one token at least
  readonly klCovCoefficient?: number; // weight of the penalty; 1 by default
}

/**
 * KL-Cov (Cui et al. 2025, "The entropy mechanism", eq. 12), as verl's "kl_cov": the importance-weighted policy
 * gradient without a clip, in which the tokens of the highest covariance are held near the old policy.
 *
 *   L = E[−ρÂ + c·|log π − log π_old|·top_t],   top_t = 1 for the max(⌊r·N⌋, 1) tokens with the largest C_t, else 0
 *
 * C_t is the token's covariance (covariance.ts); of equal ones the first counts.
 */
export function klCovariancePolicyLoss(
  input: PolicyLossInput,
  { ratioBound = 20, klCovRatio = 0.0002, klCovCoefficient = 1, ...aggregation }: KLCovarianceOptions = {},
): PolicyLoss {
  return tf.tidy(() => {
    const { logps, oldLogps, advantages, mask, weigh } = readTensors("klCovariancePolicyLoss", input);
    const difference = logRatio(logps, oldLogps, ratioBound);
    const top = constant(() => {
      const tokens = tokenCovariances(logps, advantages, mask);
      const count = Math.max(Math.floor(klCovRatio * tokens.length), 1);
      return marked([...tokens].sort((a, b) => b.covariance - a.covariance).slice(0, count), mask.shape);
    });
    const moved = klLoss("abs", { logps: difference, reference: tf.zerosLike(difference) });
    const penalty = tf.mul(tf.mul(moved, top), klCovCoefficient);
    const losses = tf.sub(penalty, tf.mul(tf.exp(difference), advantages));
    return {
      loss: aggregate(weigh(losses), mask, aggregation),
      clipFraction: detached(() => tf.scalar(0)),
      kl: detached(() => maskedMean(tf.neg(difference), mask)),
    };
  });
}
