import { abortSignal, anything, filledText, flag, having, type Range } from "../../core/ranges";
import { CardLost } from "../../backend/card-failure";
import { checkOptions } from "../../core/settings";
import { throwIfAborted } from "../../core/errors";
import { declaredMeasures } from "../../core/reward-components";
import type { Task } from "../../core/roles";
import { expectTask, identityOf } from "../../core/task-outputs";
import { withTexts, type StepTexts } from "../../core/written";
import { projectPath } from "../../data/paths";
import { criticFrom, type Critic } from "../../models/critic";
import type { Policy } from "../../models/policy";
import type { Algorithm } from "../algorithms/algorithm";
import { afterStep, type KLController } from "../kl/controller";
import { adamW } from "../optimizer";
import type { RolloutCorrection } from "../measuring/rollout-correction";
import { checkedCorrection, usualCorrection } from "../measuring/rollout-correction";
import { explainedFailure } from "./card-trouble";
import { expectNouns } from "./expect-nouns";
import { expectRoom } from "./expect-room";
import { keptRollouts } from "../run-folder/kept-rollouts";
import { areServed, type Learners, type RunLearners } from "./learners";
import { isServed, type ServedPolicy } from "../served/served-policy";
import { lastServedState, resumedLearners, servedLearners, servedState } from "../served/served-run";
import type { LoopConfig } from "./loop-config";
import { scoredOnly, type Rollout } from "./rollout";
import type { BestValidation } from "../run-folder/checkpoint";
import { bestOf, collapsed } from "./collapse";
import { runFolder, type RunFolder } from "../run-folder/run-folder";
import type { RolloutEngine } from "../rollout-engine";
import { sampleStep } from "./sample-step";
import { trainingStep } from "./step";
import type { TrainingStep } from "./training-step";
import { validate } from "./validation";
import { validationBudget } from "./validation-budget";

/** Options of a run besides settings. */
export interface RunExtras {
  readonly critic?: Critic; // borrowed and trained; without one, a new critic on a copy of the policy
  readonly validation?: Task; // answered greedily every `validateEvery` steps; never trained on
  readonly folder?: string; // where metrics and checkpoints are kept
  readonly resume?: boolean; // go on from the newest checkpoint in `folder`, which must have one
  readonly signal?: AbortSignal;
  readonly sampler?: RolloutEngine; // another engine that writes the responses; without one, the policy does
  /** how its log-probabilities are corrected; { kind: "token_truncate", cap: 2 } where there is a sampler */
  readonly rolloutCorrection?: RolloutCorrection | "none";
}

/** The check of each option. */
export const extrasRanges: Readonly<Record<keyof RunExtras, Range>> = {
  critic: having("a critic, as criticFrom(policy) makes one", "variables", "values"),
  validation: having("a task", "problems", "prompt", "score"),
  folder: filledText,
  resume: flag,
  signal: abortSignal,
  sampler: having("a sampler, as openAI(url, model) makes one", "name", "generate"),
  rolloutCorrection: anything, // checkedCorrection looks into it
};

/** The correction of a run: what was given, or the usual one where another engine samples. */
export const correctionOf = (where: string, { sampler, rolloutCorrection }: RunExtras): RolloutCorrection | undefined =>
  checkedCorrection(where, rolloutCorrection ?? (sampler && usualCorrection));

/** A run as the loop carries it out. */
export interface RunPlan {
  readonly where: string; // the function that errors name
  readonly algorithm: Algorithm;
  readonly config: LoopConfig;
  readonly settings: Readonly<Record<string, unknown>>; // of loop and algorithm: what config.json holds
  readonly defaults: Readonly<Record<string, unknown>>; // what they are where nothing is given
  readonly extras: RunExtras;
  /** Called when the models are ready; a fork copies those of its parent into them and returns where it begins. */
  readonly onReady?: (learners: RunLearners) => RunPosition | undefined;
  /** Called after every step. */
  readonly onStep?: (position: RunPosition) => void;
}

/** The state of a run between two steps. */
export interface RunPosition {
  readonly step: number; // finished steps
  readonly beta?: number | undefined; // coefficient of the KL penalty
}

/**
 * Trains `policy` in place and yields after every step. It makes only the models that the algorithm needs: a critic, a
 * frozen reference policy, and an optimizer for each trained model.
 */
export async function* trainingRun(
  policy: Policy | ServedPolicy,
  task: Task,
  plan: RunPlan,
  written: StepTexts[],
): AsyncGenerator<TrainingStep, void> {
  const { where, algorithm, config, extras } = plan;
  expectNouns(where, policy, task, algorithm);
  checkOptions(where, extras, extrasRanges);
  if (extras.validation !== undefined) expectTask(`${where}: validation`, extras.validation);
  const { validation, folder, resume = false, signal, sampler } = extras;
  const correction = correctionOf(where, extras);
  if (isServed(policy) && sampler)
    throw new RangeError(
      `${where}: sampler was given, and the policy lives on a server that samples it. Leave sampler out.`,
    );
  if (isServed(policy)) await policy.ready(signal);
  expectRoom(where, policy, task);
  let learners: RunLearners = isServed(policy)
    ? await servedLearners(where, policy, algorithm, config, signal)
    : learnersOf(policy, algorithm, config, extras.critic);
  let controller: KLController | undefined = algorithm.kl?.controller;
  let run: RunFolder | undefined;
  let best: BestValidation | undefined;
  const state = () => ({ beta: controller?.coefficient, best });
  const save = async (step: number): Promise<void> =>
    run?.save(step, { ...state(), ...(areServed(learners) && { served: await servedState(learners, step, signal) }) });
  const budget = validation && validationBudget(validation, { share: config.validationBudget, seed: config.seed });
  const measured = validation ? declaredMeasures(validation) : [];
  let begun = 0; // the newest step
  let finished: number | undefined; // the step that left these weights; undefined while they are half updated
  try {
    const identity = identityOf(task); // an earlier version did not keep it: such a run goes on
    const [settings, defaults] = [plan.settings, plan.defaults].map((each) => ({ ...each, ...identity }));
    if (folder !== undefined)
      run = runFolder(projectPath(folder), { where, settings: settings!, defaults: defaults!, learners, resume });
    if (run?.step && areServed(learners)) learners = await resumedLearners(where, learners, run.state, signal);
    const own = plan.onReady?.(learners);
    const from: RunPosition = run?.step ? { step: run.step, beta: run.state.beta } : (own ?? { step: 0 });
    if (controller && from.beta !== undefined) controller = { ...controller, coefficient: from.beta };
    finished = from.step;
    best = run?.state.best;
    for (let step = finished + 1; step <= config.steps; step++) {
      throwIfAborted(signal, `${where}, before step ${step}`);
      begun = step;
      const { metrics, rollouts, kl } = await trainingStep(learners, {
        task,
        algorithm,
        config,
        step,
        beta: controller?.coefficient ?? 0,
        sample: () => sampleStep(policy, task, { algorithm, config, step, signal, sampler, log: run?.rollouts }),
        sampledElsewhere: sampler !== undefined,
        correction,
        signal,
        updating: () => (finished = undefined),
      });
      if (controller && kl !== undefined) controller = afterStep(controller, kl, rollouts.length);
      let validated: readonly Rollout[] | undefined;
      let improved = false;
      finished = step;
      try {
        if (budget && config.validateEvery && step % config.validateEvery === 0) {
          const began = performance.now();
          const keep = (written: readonly Rollout[]) => void (validated = written);
          Object.assign(metrics, await validate(policy, budget.next(), config.maxResponse, signal, keep, config));
          const seconds = (performance.now() - began) / 1000;
          budget.spent(validated!.length, seconds);
          Object.assign(metrics, { "timing_s/testing": seconds });
        }
        if (validated && run) {
          const rewards = scoredOnly(validated).map(({ score }) => score.reward);
          const back = collapsed(rewards, best, config.rollback) ? run.restore(best!.step) : undefined;
          if (back && areServed(learners)) learners = await resumedLearners(where, learners, back, signal);
          if (back) Object.assign(metrics, { "training/rolled_back_to": best!.step });
          const newer = bestOf(best, step, rewards);
          improved = newer !== best;
          best = newer;
        }
      } finally {
        if (validated && run?.validations.count(step) === 0)
          run.validations.add(step, validated, { measures: measured });
        run?.log(metrics); // also of a step whose validation failed: it will be on disk
      }
      if (run) {
        const began = performance.now();
        // A server is given fewer saves than a disk: only those of `saveEvery`.
        const spare = !areServed(learners) && run.isDue();
        const due = improved || step % config.saveEvery === 0 || step === config.steps || spare;
        if (due) await save(step);
        Object.assign(metrics, { "timing_s/save_checkpoint": due ? (performance.now() - began) / 1000 : 0 });
        run.logTimes(metrics);
      }
      const training = keptRollouts(step, rollouts, run?.files.rollouts, declaredMeasures(task));
      const texts = validated
        ? { training, validation: keptRollouts(step, validated, run?.files.validation, measured) }
        : { training };
      written.push(texts);
      plan.onStep?.({ step, beta: controller?.coefficient });
      // A step that was yielded before the process was killed is done again, and is not yielded again.
      if (step > (run?.told ?? 0)) yield withTexts(metrics, [texts]);
    }
  } catch (error) {
    const doing = { where, step: begun, config, folder };
    const explained = isServed(policy) ? error : explainedFailure(error, { ...doing, policy });
    if (explained instanceof CardLost) finished = undefined; // the weights cannot be read, nor saved
    throw explained;
  } finally {
    if (finished === undefined)
      run?.rollouts.drop(begun); // an update failed
    else if (!areServed(learners)) run?.close(finished, state());
    else if (run?.lacks(finished)) {
      const served = await lastServedState(learners, finished);
      if (served) run.close(finished, { ...state(), served });
    }
    run?.release();
    if (areServed(learners)) await learners.reference?.dispose();
    else dispose(learners, extras.critic);
  }
}

/** The models and optimizers that the algorithm needs. */
function learnersOf(policy: Policy, algorithm: Algorithm, config: LoopConfig, given: Critic | undefined): Learners {
  const common = { maxNorm: config.maxGradNorm, weightDecay: config.weightDecay };
  const policyOptimizer = adamW(policy.variables, common); // first: it refuses a policy with nothing to train
  const critic = algorithm.critic && (given ?? criticFrom(policy));
  return {
    policy,
    policyOptimizer,
    ...(critic && { critic, criticOptimizer: adamW(critic.variables, common) }),
    ...(algorithm.kl && { reference: policy.freeze() }),
  };
}

/** Disposes of what learnersOf made. The policy, and a critic that was given, stay. */
function dispose({ critic, reference, policyOptimizer, criticOptimizer }: Learners, given: Critic | undefined): void {
  policyOptimizer.dispose();
  criticOptimizer?.dispose();
  reference?.dispose();
  if (critic !== given) critic?.dispose();
}
