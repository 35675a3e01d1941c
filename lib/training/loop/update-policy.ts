import { tf } from "../../backend/tf";
import type { Policy } from "../../models/policy";
import type { Algorithm } from "../algorithms/algorithm";
import type { Rows } from "../estimators/masked";
import { fullPass } from "../distillation/full-divergence";
import { klLoss } from "../kl/kinds";
import { aggregate, type Aggregation } from "../losses/aggregate";
import type { Optimizer } from "../optimizer";
import type { LoopConfig } from "./loop-config";
import { eachMiniBatch } from "./mini-batches";
import type { Rollout } from "./rollout";

/** The inputs of the policy's update; rows are [B][R]. */
interface PolicyData {
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
  { loss: policyLoss, lossOptions, entropyCoefficient, kl, teacher }: Algorithm,
  { rate, beta }: { readonly rate: number; readonly beta: number },
): Promise<Record<string, number>[]> {
  const penalised = kl?.place === "loss";
  const mode = lossOptions.mode ?? "token-mean";
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
              // A mean over tokens is scaled by the share of the micro-batch; the other modes divide by the totals.
              const byToken = mode === "token-mean";
              const scale = byToken ? share : 1;
              const counted: Aggregation = byToken
                ? { mode }
                : { mode, totals, horizon: lossOptions.horizon ?? config.maxResponse };
              const {
                loss,
                clipFraction,
                kl: divergence,
                lowerClipFraction,
              } = policyLoss(
                {
                  logps,
                  oldLogps: rows(data.logps),
                  advantages: rows(data.advantages),
                  mask,
                  ...(data.weights && { weights: rows(data.weights) }),
                },
                { ...lossOptions, ...counted },
              );
              const entropyMean = aggregate(entropy, mask, counted);
              log(scale, { "actor/pg_loss": loss.clone() });
              log(share, { "actor/pg_clipfrac": clipFraction });
              if (lowerClipFraction) log(share, { "actor/pg_clipfrac_lower": lowerClipFraction });
              log(share, { "actor/ppo_kl": divergence });
              log(scale, { "actor/entropy": entropyMean.clone() });
              let total = tf.sub(loss, tf.mul(entropyCoefficient, entropyMean));
              if (penalised) {
                const each = klLoss(kl.kind, { logps, reference: rows(data.reference!) }, kl.bounds);
                const penalty = aggregate(each, mask, counted);
                log(scale, { "actor/kl_loss": penalty.clone() });
                total = tf.add(total, tf.mul(beta, penalty));
              }
              if ("divergence" in pass) {
                const divergence = aggregate(pass.divergence, mask, counted);
                log(scale, { "actor/teacher_kl": divergence.clone() });
                total = tf.add(total, tf.mul(teacher!.coefficient, divergence));
              }
              return tf.mul(total, scale) as tf.Scalar;
            }),
      ),
      rate,
    );
    return { "actor/grad_norm": gradNorm, "actor/lr": rate };
  });
}
