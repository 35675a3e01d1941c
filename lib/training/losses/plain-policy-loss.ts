import { tf } from "../../backend/tf";
import { aggregate } from "./aggregate";
import { detached, maskedMean } from "./masked-mean";
import { readTensors, type PolicyLoss, type PolicyLossInput, type PolicyLossOptions } from "./policy-loss-input";

/**
 * Plain policy gradient (Williams 1992), as verl's "gpg": no ratio and no clip. One optimizer step a batch keeps it on
 * policy.
 *
 *   L = E[−Â·log π]
 */
export function plainPolicyLoss(input: PolicyLossInput, { mode, horizon, totals }: PolicyLossOptions = {}): PolicyLoss {
  return tf.tidy(() => {
    const { logps, oldLogps, advantages, mask, weigh } = readTensors("plainPolicyLoss", input);
    return {
      loss: aggregate(weigh(tf.neg(tf.mul(advantages, logps))), mask, { mode, horizon, totals }),
      clipFraction: detached(() => tf.scalar(0)),
      kl: detached(() => maskedMean(tf.sub(oldLogps, logps), mask)),
    };
  });
}
