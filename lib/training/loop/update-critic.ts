import { tf } from "../../backend/tf";
import type { Critic } from "../../models/critic";
import type { Policy } from "../../models/policy";
import type { CriticChoices } from "../algorithms/algorithm";
import type { Rows } from "../estimators/masked";
import { maskedMean } from "../losses/masked-mean";
import { valueLoss } from "../losses/value-loss";
import type { Optimizer } from "../optimizer";
import type { LoopConfig } from "./loop-config";
import { eachMiniBatch } from "./batches/mini-batches";
import type { Rollout } from "./rollout";

/** The inputs of the critic's update; rows are [B][R]. */
interface CriticData {
  readonly rollouts: readonly Rollout[];
  readonly values: Rows; // before the first update of the step
  readonly returns: Rows;
}

/** Updates the critic towards the returns of a step. Resolves to the figures of every optimizer step. */
export function updateCritic(
  { policy, critic, criticOptimizer }: { policy: Policy; critic: Critic; criticOptimizer: Optimizer },
  data: CriticData,
  config: LoopConfig,
  { epochs, valueClip }: CriticChoices,
  rate: number,
): Promise<Record<string, number>[]> {
  return eachMiniBatch(policy, data.rollouts, config, epochs * config.epochs, ({ parts }, log) => {
    const { loss, gradNorm } = criticOptimizer.minimise(
      parts.map(
        ({ batch, share, rows }) =>
          () =>
            tf.tidy(() => {
              const values = critic.values(batch, config);
              const result = valueLoss(
                { values, oldValues: rows(data.values), returns: rows(data.returns), mask: batch.responseMask },
                { clip: valueClip },
              );
              log(share, {
                "critic/vf_clipfrac": result.clipFraction,
                "critic/vpred_mean": maskedMean(values.clone(), batch.responseMask),
              });
              return tf.mul(result.loss, share) as tf.Scalar;
            }),
      ),
      rate,
    );
    return { "critic/vf_loss": loss, "critic/grad_norm": gradNorm, "critic/lr": rate };
  });
}
