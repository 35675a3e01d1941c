import type { Task } from "../../core/roles";
import type { Algorithm, SampledStep } from "../algorithms/algorithm";
import { explainedVariance } from "../estimators/explained-variance";
import { sequenceScores } from "../estimators/groups";
import type { Rows } from "../estimators/masked";
import type { KLKind } from "../kl/kinds";
import { penalise } from "../kl/penalise";
import { measure, type Measured } from "../measuring/measured";
import type { RolloutCorrection } from "../measuring/rollout-correction";
import { rowsOfBatches } from "../measuring/rows-of-batches";
import { areServed, type Learners, type RunLearners } from "./learners";
import { updateServed } from "../served/update-served";
import type { LoopConfig } from "./loop-config";
import { scoredOnly, type Rollout, type ScoredRollout } from "./rollout";
import { groupsWithSpread } from "../shaping/dynamic-sampling";
import { scoresOf } from "./scores-of";
import { learningRateAt } from "./schedule";
import {
  averaged,
  baselineMetrics,
  estimateMetrics,
  groupMetrics,
  lengthMetrics,
  outageMetrics,
  rewardMetrics,
  rewardSpread,
} from "./step-metrics";
import type { TrainingStep } from "./training-step";
import { updateCritic } from "./update-critic";
import { updatePolicy } from "./update-policy";

/** The rollouts of a step, and how long they took. */
export interface StepRollouts {
  readonly rollouts: readonly Rollout[];
  readonly greedy?: readonly Rollout[]; // the greedy response to each prompt, by group, where the algorithm asks for it
  readonly seconds: Readonly<Record<"gen" | "reward", number>> & { readonly update_weights?: number };
}

/** The inputs of a step. */
interface StepPlan {
  readonly task: Task;
  readonly algorithm: Algorithm;
  readonly config: LoopConfig;
  readonly step: number; // from 1
  readonly beta: number; // coefficient of the KL penalty now
  readonly sample: () => Promise<StepRollouts>;
  readonly sampledElsewhere: boolean; // whether another engine than the policy sampled
  readonly correction?: RolloutCorrection | undefined; // of that engine's log-probabilities
  readonly signal?: AbortSignal | undefined;
  readonly updating: () => void; // called before the first weight changes
}

/** The result of a step. */
interface FinishedStep {
  readonly metrics: TrainingStep;
  readonly rollouts: readonly Rollout[];
  readonly kl?: number; // nats a token; what the KL controller reads
}

/** One step: sample, score, estimate, update. No weight changes before every rollout is scored. */
export async function trainingStep(learners: RunLearners, plan: StepPlan): Promise<FinishedStep> {
  const { task, algorithm, config, step, beta } = plan;
  const started = performance.now();
  const { rollouts, greedy, seconds } = await plan.sample();
  const baselines = greedy?.map(({ score }) => (score.kind === "outage" ? undefined : score.reward));
  const used = trainable(rollouts, algorithm).filter(({ group }) => !baselines || baselines[group] !== undefined);
  const measured = await measure(learners, used, plan);
  const lap = stopwatch();
  const served = areServed(learners) ? learners.policy : undefined;
  const local = areServed(learners) ? undefined : learners;
  const values = local && valuesOf(local, used, config);
  const valueSeconds = lap();
  const rewards = used.map((rollout) => shapedReward(rollout, algorithm, config));
  const compared = baselines && { baselines: used.map(({ group }) => baselines[group]!) };
  const known = { ...measured, ...compared, ...(values && { values }) };
  const estimated = estimate({ algorithm, rollouts: used, rewards, beta, ...known });
  const scores = scoredOnly(rollouts).map(({ score }) => score);
  const rewardFigures = rewardMetrics(task, scores); // first: a component that throws must not cost an update
  const advantageSeconds = lap();

  plan.updating();
  const rate = (peak: number) => learningRateAt(step, { peak, total: config.steps, final: config.finalLearningRate });
  const data = { rollouts: used, ...measured, ...estimated };
  const criticUpdates = local ? await criticStep(local, data, values, config, algorithm, rate) : [];
  const criticSeconds = lap();
  const rates = { rate: rate(config.learningRate), beta };
  const warm = step > (algorithm.critic?.warmup ?? 0);
  const policyUpdates =
    warm && used.length > 0
      ? await (served
          ? updateServed(served, data, config, algorithm, { ...rates, signal: plan.signal })
          : updatePolicy(local!, data, config, algorithm, rates))
      : [];
  const policySeconds = lap();

  const tokens = rollouts.reduce((sum, { prompt, response }) => sum + prompt.length + response.length, 0);
  const whole = (performance.now() - started) / 1000;
  const { kl, returns } = estimated;
  const metrics = {
    step,
    "training/global_step": step,
    ...rewardFigures,
    ...outageMetrics(rollouts),
    ...rewardSpread(scoredOnly(rollouts)),
    ...(baselines && baselineMetrics(baselines)),
    ...(algorithm.group > 1 && groupMetrics(used)),
    ...(used.length > 0 && estimateMetrics(rewards, { ...estimated, ...(values && { values }) }, measured.mask)),
    ...(kl !== undefined && { "critic/kl": kl }),
    ...(algorithm.kl && { [algorithm.kl.place === "reward" ? "critic/kl_coeff" : "actor/kl_coef"]: beta }),
    ...(values && returns && { "critic/vf_explained_var": explainedVariance(returns, values, measured.mask) }),
    ...averaged(criticUpdates),
    ...averaged(policyUpdates),
    ...measured.metrics,
    ...lengthMetrics(rollouts),
    "perf/total_num_tokens": tokens,
    "perf/throughput": tokens / whole,
    ...prefixed("timing_s/", {
      ...seconds,
      ...measured.seconds,
      values: valueSeconds,
      adv: advantageSeconds,
      update_critic: criticSeconds,
      update_actor: policySeconds,
      step: whole,
    }),
  };
  return { metrics, rollouts, ...(kl !== undefined && { kl }) };
}

/**
 * The rollouts that enter the update. Each has a token and a reward: an outage enters no baseline, no whitening and no
 * loss. A group needs two or more, since a single response has no baseline.
 */
function trainable(rollouts: readonly Rollout[], { group, rounds }: Algorithm): readonly ScoredRollout[] {
  const scored = scoredOnly(rollouts).filter(({ response }) => response.length > 0);
  if (group === 1) return scored;
  const members = new Map<number, number>();
  for (const { group: own } of scored) members.set(own, (members.get(own) ?? 0) + 1);
  const compared = scored.filter(({ group: own }) => members.get(own)! > 1);
  return rounds ? groupsWithSpread(scoresOf(compared)).kept.map((place) => compared[place]!) : compared;
}

/** The reward of a rollout, with what the algorithm adds because of its length. */
const shapedReward = ({ score, response }: ScoredRollout, { shape }: Algorithm, { maxResponse }: LoopConfig): number =>
  score.reward + (shape?.({ length: response.length, limit: maxResponse }) ?? 0);

/** Estimates advantages, with the KL penalty in the reward where the algorithm has it there. */
function estimate({
  algorithm,
  rollouts,
  rewards: earned,
  beta,
  mask,
  logps,
  reference,
  teacher,
  values,
  baselines,
}: Omit<Measured, "metrics" | "seconds"> & {
  readonly algorithm: Algorithm;
  readonly rollouts: readonly Rollout[];
  readonly rewards: readonly number[];
  readonly beta: number;
  readonly values?: Rows;
  readonly baselines?: readonly number[];
}): { readonly rewards: Rows; readonly advantages: Rows; readonly returns?: Rows; readonly kl?: number } {
  if (rollouts.length === 0) return { rewards: [], advantages: [] };
  const inReward = algorithm.kl?.place === "reward";
  const { rewards, kl } = penalise(
    { scores: earned, logps, reference: reference ?? logps, mask },
    inReward ? beta : 0,
    (inReward ? algorithm.kl?.kind : "k1") as KLKind,
    algorithm.kl?.bounds,
  );
  const sampled: SampledStep = {
    scores: sequenceScores(rewards.map((row, b) => row.map((reward, t) => (mask[b]![t]! ? reward : 0)))),
    groups: rollouts.map(({ group }) => group),
    rewards,
    mask,
    logps,
    ...(teacher && { teacher }),
    ...(values && { values }),
    ...(baselines && { baselines }),
  };
  return { rewards, ...algorithm.estimate(sampled), ...(reference && { kl }) };
}

/** The values of a critic; undefined without one. */
const valuesOf = ({ policy, critic }: Learners, used: readonly ScoredRollout[], config: LoopConfig): Rows | undefined =>
  critic && rowsOfBatches(policy, used, config.microBatch, (batch) => critic.values(batch));

/** Updates the critic, if the algorithm has one. */
async function criticStep(
  { policy, critic, criticOptimizer }: Learners,
  data: { readonly rollouts: readonly Rollout[]; readonly returns?: Rows },
  values: Rows | undefined,
  config: LoopConfig,
  { name, critic: choices }: Algorithm,
  rate: (peak: number) => number,
): Promise<Record<string, number>[]> {
  if (!critic || !criticOptimizer || !choices || !values || data.rollouts.length === 0) return [];
  const { returns } = data;
  if (!returns)
    throw new TypeError(
      `${name}: the algorithm has a critic, and its estimate returned no returns to teach it. Return { advantages, ` +
        "returns }.",
    );
  return updateCritic(
    { policy, critic, criticOptimizer },
    { ...data, values, returns },
    config,
    choices,
    rate(choices.learningRate),
  );
}

const prefixed = (prefix: string, figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [prefix + name, value]));

/** Seconds since its last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
