import type { Algorithm } from "../algorithms/algorithm";
import type { Rows } from "../estimators/masked";
import type { Policy } from "../../models/policy";
import type { RunLearners } from "../loop/learners";
import { isServed, type ServedReference } from "../served/served-policy";
import type { LoopConfig } from "../loop/loop-config";
import type { Rollout } from "../loop/rollout";
import { correctionWeights, type RolloutCorrection } from "./rollout-correction";
import { logpsOf, longestOf, padded } from "./rows-of-batches";

/** What is measured of a step's responses before its first update; rows are [B][R]. */
export interface Measured {
  readonly mask: Rows;
  readonly logps: Rows; // log π_old, nats
  readonly reference?: Rows; // the same under the reference policy
  readonly teacher?: Rows; // the same under the teacher
  readonly weights?: Rows; // importance weights of the sampler's mismatch
  readonly metrics: Readonly<Record<string, number>>;
  readonly seconds: Readonly<Record<string, number>>; // by verl's names: old_log_prob, ref
}

/** What measuring needs to know besides the rollouts. */
interface MeasurePlan {
  readonly algorithm: Pick<Algorithm, "teacher">;
  readonly config: LoopConfig;
  /** Whether another engine sampled the responses: the log-probabilities are then computed again. */
  readonly sampledElsewhere: boolean;
  readonly correction?: RolloutCorrection | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Log-probabilities of the responses under the policy, its reference and its teacher, and the weights that correct for
 * the sampler. The sampler's own log-probabilities serve as the old ones where the policy itself sampled, at
 * temperature 1: the sampler's are untempered.
 */
export async function measure(
  { policy, reference }: RunLearners,
  rollouts: readonly Rollout[],
  { algorithm: { teacher }, config, sampledElsewhere, correction, signal }: MeasurePlan,
): Promise<Measured> {
  const seconds: Record<string, number> = {};
  const timed = async (name: string, measured: () => Rows | Promise<Rows>): Promise<Rows> => {
    const began = performance.now();
    const rows = await measured();
    seconds[name] = (performance.now() - began) / 1000;
    return rows;
  };
  const longest = longestOf(rollouts);
  const ones = rollouts.map(({ response }) => response.map(() => 1));
  const mask = ones.map((row) => padded(row, longest));
  const sampled = () => rollouts.map(({ completion }) => padded(completion.logps, longest));
  const again = config.temperature !== 1 || sampledElsewhere || correction !== undefined;
  const under = async (model: Policy | ServedReference): Promise<Rows> =>
    "logps" in model
      ? (await model.logps(rollouts, signal)).map((row) => padded(row, longest))
      : logpsOf(model, rollouts, config);
  const logps = await timed("old_log_prob", () => (again ? under(policy) : sampled()));
  const referenced = await timed("ref", () => (reference ? under(reference) : []));
  const taught =
    teacher && !isServed(policy) && (await timed("teacher", () => scoredBy(teacher, rollouts, policy, config, signal)));
  const corrected =
    correction && rollouts.length > 0
      ? correctionWeights({ oldLogps: logps, rolloutLogps: sampled(), mask }, correction)
      : undefined;
  return {
    mask,
    logps,
    ...(reference && { reference: referenced }),
    ...(taught && { teacher: taught }),
    ...(corrected && { weights: corrected.weights }),
    metrics: { ...corrected?.metrics, ...(taught && teacherMetrics(logps, taught, mask)) },
    seconds,
  };
}

const scoredBy = (
  { teacher, full }: NonNullable<Algorithm["teacher"]>,
  rollouts: readonly Rollout[],
  policy: Policy,
  { microBatch, temperature }: LoopConfig,
  signal: AbortSignal | undefined,
): Rows | Promise<Rows> =>
  full || rollouts.length === 0 // the update measures the whole vocabulary
    ? []
    : teacher.score(rollouts, policy, { microBatch, temperature, signal });

/** The mean of log π_old − log π_teacher over tokens, nats: an estimate of the reverse KL divergence. */
function teacherMetrics(logps: Rows, teacher: Rows, mask: Rows): Record<string, number> {
  if (teacher.length === 0) return {};
  let [sum, count] = [0, 0];
  mask.forEach((row, b) =>
    row.forEach((inside, t) => {
      if (!inside) return;
      sum += logps[b]![t]! - teacher[b]![t]!;
      count++;
    }),
  );
  return count === 0 ? {} : { "actor/teacher_kl": sum / count };
}
