import { abortSignal, filledText, flag, having, type Range } from "../core/ranges";
import { checkOptions, settings } from "../core/settings";
import { throwIfAborted } from "../core/errors";
import { random } from "../core/random";
import type { Task } from "../core/roles";
import { runOf, type Run } from "../core/run";
import { withTexts, type StepTexts } from "../core/written";
import { projectPath } from "../data/paths";
import { tf } from "../backend/tf";
import type { Batch } from "../models/decoder/batch";
import { criticFrom, type Critic } from "../models/critic";
import type { Policy } from "../models/policy";
import { gae } from "./estimators/gae";
import { explainedVariance } from "./estimators/explained-variance";
import { whiten } from "./estimators/whiten";
import { batchAt } from "./loop/epochs";
import { penalise } from "./kl/penalise";
import { policyLoss } from "./losses/policy-loss";
import { maskedMean } from "./losses/masked-mean";
import { valueLoss } from "./losses/value-loss";
import type { Rows } from "./estimators/masked";
import type { PPOParts } from "./loop/learners";
import { microBatches } from "./loop/micro-batches";
import { eachMiniBatch } from "./loop/mini-batches";
import { adamW } from "./optimizer";
import { ppoDefaults, ppoRanges, type PPOConfig } from "./algorithms/ppo-config";
import {
  averaged,
  estimateMetrics,
  lengthMetrics,
  rewardMetrics,
  rewardSpread,
  type TrainingStep,
} from "./loop/step-metrics";
import { collect, type Rollout } from "./loop/rollout";
import { runFolder, type RunFolder } from "./loop/run-folder";
import { keptRollouts } from "./loop/kept-rollouts";
import { learningRateAt } from "./loop/schedule";
import { validate } from "./loop/validation";

/** What a run may be given besides numbers. */
export interface PPOExtras {
  readonly critic?: Critic; // borrowed and trained; without one, a new critic on a copy of the policy
  readonly validation?: Task; // looked at every `validateEvery` steps, greedily; never trained on
  readonly folder?: string; // where metrics and checkpoints are kept
  readonly resume?: boolean; // go on from the newest checkpoint in `folder`, which must have one
  readonly signal?: AbortSignal | undefined;
}

const extras: Readonly<Record<keyof PPOExtras, Range>> = {
  critic: having("a critic, as criticFrom(policy) makes one", "variables", "values"),
  validation: having("a task", "problems", "prompt", "score"),
  folder: filledText,
  resume: flag,
  signal: abortSignal,
};

/**
 * Proximal policy optimisation (Schulman et al. 2017) as DeepRetrieval's verl runs it: one response a prompt,
 * the score on its last token, a k1 KL penalty in the reward, GAE with a separate critic, whitened advantages;
 * the critic's updates, then the policy's. Trains `policy` in place and yields after every step.
 *
 * Two shortcuts change no number: the sampler's own log-probabilities serve as the old ones (same weights, same
 * precision), and prompts are padded to the longest of a batch, not to a fixed width.
 *
 * Stop iterating, or abort the signal, to stop; with a folder, the last finished step is then on disk. A process that is killed
 * loses the step under way at most: checkpoints are written every `saveEvery` steps and whenever they take 2 % of the time at
 * most, and the steps after the last one are done again from the rollouts on disk, without sampling or searching.
 *
 * What the policy wrote is kept with the steps and, with a folder, on disk: `rollouts` shows it.
 */
export function ppo(policy: Policy, task: Task, options: Partial<PPOConfig> & PPOExtras = {}): Run<TrainingStep> {
  const texts: StepTexts[] = [];
  return withTexts(runOf(steps(policy, task, options, texts), options?.steps ?? ppoDefaults.steps), texts);
}

async function* steps(
  policy: Policy,
  task: Task,
  options: Partial<PPOConfig> & PPOExtras,
  written: StepTexts[],
): AsyncGenerator<TrainingStep, void> {
  const { critic: given, validation, folder, resume = false, signal, ...overrides } = options;
  const config = settings("ppo", ppoDefaults, overrides, ppoRanges, Object.keys(extras));
  expectRoom(policy, task);
  checkOptions("ppo", { critic: given, validation, folder, resume, signal }, extras);
  const critic = given ?? criticFrom(policy);
  const reference = policy.freeze();
  const common = { maxNorm: config.maxGradNorm, weightDecay: config.weightDecay };
  const actorOptimizer = adamW(policy.variables, common);
  const criticOptimizer = adamW(critic.variables, common);
  const parts = { policy, critic, reference, actorOptimizer, criticOptimizer };
  let run: RunFolder | undefined;
  let begun = 0; // the newest step
  let finished: number | undefined; // the step that left these weights; undefined while they are half updated
  try {
    run = folder === undefined ? undefined : runFolder(projectPath(folder), { config, parts, resume });
    finished = run?.step ?? 0;
    for (let step = finished + 1; step <= config.steps; step++) {
      throwIfAborted(signal, `ppo, before step ${step}`);
      begun = step;
      const { metrics, rollouts } = await iterate(parts, task, config, step, signal, run, () => (finished = undefined));
      let validated: readonly Rollout[] | undefined;
      finished = step;
      try {
        if (validation && config.validateEvery && step % config.validateEvery === 0)
          Object.assign(
            metrics,
            await validate(policy, validation, config.maxResponse, signal, (written) => (validated = written)),
          );
      } finally {
        if (validated) run?.validations.add(step, validated);
        run?.log(metrics); // also of a step whose validation failed: it will be on disk
      }
      if (step % config.saveEvery === 0 || step === config.steps || run?.isDue()) run?.save(step);
      const training = keptRollouts(step, rollouts, run?.files.rollouts);
      const texts = validated
        ? { training, validation: keptRollouts(step, validated, run?.files.validation) }
        : { training };
      written.push(texts);
      if (step > (run?.logged ?? 0)) yield withTexts(metrics, [texts]); // a step that was finished before the process was killed is done again, and was told
    }
  } finally {
    if (finished !== undefined) run?.close(finished);
    else run?.rollouts.drop(begun); // an update failed
    actorOptimizer.dispose();
    criticOptimizer.dispose();
    reference.dispose();
    if (!given) critic.dispose();
  }
}

/**
 * Throws RangeError for problems whose prompts leave no room for a response: a run would come to them sooner or later, and
 * stop. A token has a byte or more, so most prompts need not be tokenised.
 */
function expectRoom(policy: Policy, task: Task): void {
  const context = policy.config.max_position_embeddings;
  const full = task.problems.filter((problem) => {
    const prompt: unknown = task.prompt(problem); // what is no text is said where it is used
    return typeof prompt === "string" && Buffer.byteLength(prompt) >= context - 8 && policy.room(prompt) < 1;
  });
  if (!full.length) return;
  const ids = full
    .slice(0, 5)
    .map(({ id }) => id)
    .join(", ");
  throw new RangeError(
    `ppo: the prompts of ${full.length} of ${task.problems.length} problems of ${task.name} fill the model's context of ${context} tokens and leave no room for a response: ${ids}${full.length > 5 ? ", …" : ""}. Shorten them, or leave these problems out.`,
  );
}

/** Seconds since the last call, to label with what was done meanwhile. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}

/** One step: sample, score, estimate, improve. Nothing is changed before every rollout has its score. */
async function iterate(
  parts: PPOParts,
  task: Task,
  config: PPOConfig,
  step: number,
  signal: AbortSignal | undefined,
  run: RunFolder | undefined,
  updating: () => void,
): Promise<{ metrics: TrainingStep; rollouts: readonly Rollout[] }> {
  const { policy, critic, reference } = parts;
  const started = performance.now();
  const problems = batchAt(task.problems, config.batchSize, step, config.seed);
  const rng = random(config.seed).fork("rollout", step);
  const { maxResponse, temperature, topP, searches: width } = config;
  const known = run?.rollouts.of(step, problems, (problem) => policy.tokenizer.encode(task.prompt(problem)));
  const { rollouts, seconds } = known
    ? { rollouts: known, seconds: { gen: 0, reward: 0 } }
    : await collect(policy, task, problems, { maxResponse, temperature, topP, width, rng, signal });
  if (!known) run?.rollouts.add(step, rollouts);

  const lap = stopwatch();
  const batches = microBatches(policy, rollouts, config.microBatch);
  const R = Math.max(...batches.map(({ batch }) => batch.responseLength));
  const measured = (measure: (batch: Batch) => tf.Tensor2D) =>
    batches.flatMap(({ batch }) => rowsOf(tf.tidy(() => measure(batch))).map((row) => padded(row, R)));
  const referenceLogps = measured((batch) => reference.tokenLogps(batch, temperature).logps);
  const refSeconds = lap();
  const tempered = temperature === 1 ? undefined : measured((batch) => policy.tokenLogps(batch, temperature).logps); // the sampler's are not
  const values = measured((batch) => critic.values(batch));
  const valueSeconds = lap();
  const mask = measured(({ responseMask }) => responseMask.clone());
  batches.forEach(({ batch }) => batch.dispose());

  const logps = tempered ?? rollouts.map(({ completion }) => padded(completion.logps, R));
  const scores = rollouts.map(({ score }) => score.reward);
  const { rewards, kl } = penalise({ scores, logps, reference: referenceLogps, mask }, config.klCoefficient);
  const { advantages, returns } = gae({ rewards, values, mask }, config);
  const whitened = whiten(advantages, mask);
  const advantageSeconds = lap();

  const decay = { total: config.steps, final: config.finalLearningRate };
  const data: StepData = { rollouts, logps, values, returns, advantages: whitened };
  updating();
  const criticUpdates = await improveCritic(
    parts,
    data,
    config,
    learningRateAt(step, { peak: config.criticLearningRate, ...decay }),
  );
  const criticSeconds = lap();
  const warm = step > config.criticWarmup;
  const actorUpdates = warm
    ? await improvePolicy(parts, data, config, learningRateAt(step, { peak: config.learningRate, ...decay }))
    : [];
  const actorSeconds = lap();

  const tokens = rollouts.reduce((sum, { prompt, response }) => sum + prompt.length + response.length, 0);
  const whole = (performance.now() - started) / 1000;
  const metrics = {
    step,
    "training/global_step": step,
    ...rewardMetrics(rollouts),
    ...rewardSpread(rollouts),
    ...estimateMetrics(scores, { rewards, advantages: whitened, returns, values }, mask),
    "critic/kl": kl,
    "critic/kl_coeff": config.klCoefficient,
    "critic/vf_explained_var": explainedVariance(returns, values, mask),
    ...averaged(criticUpdates),
    ...averaged(actorUpdates),
    ...lengthMetrics(rollouts),
    "perf/total_num_tokens": tokens,
    "perf/throughput": tokens / whole,
    ...Object.fromEntries(
      Object.entries({
        ...seconds,
        ref: refSeconds,
        values: valueSeconds,
        adv: advantageSeconds,
        update_critic: criticSeconds,
        update_actor: actorSeconds,
        step: whole,
      }).map(([name, value]) => [`timing_s/${name}`, value]),
    ),
  };
  return { metrics, rollouts };
}

/** What the updates of a step read; rows are [B][R]. */
interface StepData {
  readonly rollouts: readonly Rollout[];
  readonly logps: Rows;
  readonly values: Rows;
  readonly returns: Rows;
  readonly advantages: Rows;
}

async function improveCritic(
  { policy, critic, criticOptimizer }: PPOParts,
  data: StepData,
  config: PPOConfig,
  rate: number,
): Promise<Record<string, number>[]> {
  return eachMiniBatch(policy, data.rollouts, config, config.criticEpochs * config.epochs, (parts, log) => {
    const { loss, gradNorm } = criticOptimizer.minimise(
      parts.map(
        ({ batch, share, rows }) =>
          () =>
            tf.tidy(() => {
              const values = critic.values(batch, config);
              const result = valueLoss(
                { values, oldValues: rows(data.values), returns: rows(data.returns), mask: batch.responseMask },
                { clip: config.valueClip },
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

async function improvePolicy(
  { policy, actorOptimizer }: PPOParts,
  data: StepData,
  config: PPOConfig,
  rate: number,
): Promise<Record<string, number>[]> {
  return eachMiniBatch(policy, data.rollouts, config, config.epochs, (parts, log) => {
    const { gradNorm } = actorOptimizer.minimise(
      parts.map(
        ({ batch, share, rows }) =>
          () =>
            tf.tidy(() => {
              const { logps, entropy } = policy.tokenLogps(batch, config.temperature, config);
              const surrogate = policyLoss(
                { logps, oldLogps: rows(data.logps), advantages: rows(data.advantages), mask: batch.responseMask },
                config,
              );
              const entropyMean = maskedMean(entropy, batch.responseMask);
              log(share, {
                "actor/pg_loss": surrogate.loss.clone(),
                "actor/pg_clipfrac": surrogate.clipFraction,
                "actor/ppo_kl": surrogate.kl,
                "actor/entropy": entropyMean.clone(),
              });
              return tf.mul(tf.sub(surrogate.loss, tf.mul(config.entropyCoefficient, entropyMean)), share) as tf.Scalar;
            }),
      ),
      rate,
    );
    return { "actor/grad_norm": gradNorm, "actor/lr": rate };
  });
}

const padded = (row: readonly number[], length: number): number[] => [
  ...row,
  ...Array<number>(length - row.length).fill(0),
];

/** The rows of a matrix, which is disposed of. No numbers leave a tidy: it would look for tensors in each of them. */
function rowsOf(matrix: tf.Tensor2D): number[][] {
  const rows = matrix.arraySync();
  matrix.dispose();
  return rows;
}
