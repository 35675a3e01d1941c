import { tf } from "../../backend/tf";
import type { Policy } from "../../models/policy";
import type { Algorithm } from "../algorithms/algorithm";
import type { Rows } from "../estimators/masked";
import { fullPass } from "../distillation/full-divergence";
import { aggregate } from "../losses/aggregate";
import type { Optimizer } from "../optimizer";
import type { LoopConfig } from "./loop-config";
import { eachMiniBatch } from "./batches/mini-batches";
import { policyObjective } from "./policy-objective";
import type { Rollout } from "./rollout";

/** The inputs of the policy's update; rows are [B][R]. */
export interface PolicyData {
  readonly rollouts: readonly Rollout[];
  readonly logps: Rows; // of the policy that sampled the responses
  readonly advantages: Rows;
  readonly reference?: Rows | undefined; // log-probabilities under the reference policy
  readonly weights?: Rows | undefined; // importance weights of the sampler's mismatch
}

/** Updates the policy by the loss of the algorithm. Resolves to the figures of every optimizer step. */
export function updatePolicy(
  { policy, policyOptimizer }: { policy: Policy; policyOptimizer: Optimizer },
  data: PolicyData,
  config: LoopConfig,
  algorithm: Algorithm,
  { rate, beta }: { readonly rate: number; readonly beta: number },
): Promise<Record<string, number>[]> {
  const { entropyCoefficient, kl, teacher } = algorithm;
  const penalised = kl?.place === "loss";
  return eachMiniBatch(policy, data.rollouts, config, config.epochs, ({ parts, totals }, log) => {
    const { gradNorm } = policyOptimizer.minimise(
      parts.map(
        ({ batch, share, rows }) =>
          () =>
            tf.tidy(() => {
              const pass = teacher?.full
                ? fullPass(policy, teacher.teacher.policy!, batch, config.temperature, config)
                : policy.tokenLogps(batch, config.temperature, config);
              const { logps, entropy } = pass;
              const mask = batch.responseMask;
              const { total, scale, counted } = policyObjective(
                {
                  logps,
                  oldLogps: rows(data.logps),
                  advantages: rows(data.advantages),
                  mask,
                  ...(data.weights && { weights: rows(data.weights) }),
                  ...(penalised && { reference: rows(data.reference!) }),
                },
                algorithm,
                config,
                { totals, share, beta },
                log,
              );
              const entropyMean = aggregate(entropy, mask, counted);
              log(scale, { "actor/entropy": entropyMean.clone() });
              let whole = tf.sub(total, tf.mul(entropyCoefficient, entropyMean));
              if ("divergence" in pass) {
                const divergence = aggregate(pass.divergence, mask, counted);
                log(scale, { "actor/teacher_kl": divergence.clone() });
                whole = tf.add(whole, tf.mul(teacher!.coefficient, divergence));
              }
              return tf.mul(whole, scale) as tf.Scalar;
            }),
      ),
      rate,
    );
    return { "actor/grad_norm": gradNorm, "actor/lr": rate };
  });
}
