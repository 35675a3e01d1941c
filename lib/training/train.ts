import type { Task } from "../core/roles";
import { runOf } from "../core/run";
import { settings } from "../core/settings";
import { withTexts, type StepTexts } from "../core/written";
import type { Policy } from "../models/policy";
import type { Algorithm } from "./algorithms/algorithm";
import { ppoAlgorithm } from "./algorithms/ppo";
import { refuse } from "./algorithms/refusals";
import { held, type HeldSteps } from "./held-run";
import { expectNouns } from "./loop/expect-nouns";
import { areServed, copyLearners, type Learners, type RunLearners } from "./loop/learners";
import { isServed, type ServedPolicy } from "./served/served-policy";
import { loopDefaults, loopRanges, type LoopConfig } from "./loop/loop-config";
import { correctionOf, extrasRanges, trainingRun, type RunExtras, type RunPosition } from "./loop/training-run";
import type { TrainingStep } from "./loop/training-step";
import { rescored, rolloutRows, type Reward, type RescoredRow, type RolloutRow } from "./rescore";

/**
 * Settings of `train`: three checkpoints are kept, and a run whose validation loses all that it gained goes back.
 * Validation takes a fifth of the time at most.
 */
const trainDefaults: LoopConfig = { ...loopDefaults, keep: 3, rollback: 1, validationBudget: 0.2 };

/** Options of `train`. */
export type TrainOptions = Partial<LoopConfig> & RunExtras & { readonly algorithm?: Algorithm };

/** A training run that is held: iterate it, or give it to `watch`; leaving the loop pauses it. */
export interface TrainingRun<P extends Policy | ServedPolicy = Policy> extends HeldSteps<TrainingStep> {
  readonly policy: P; // that is trained; of a fork, a copy that the caller disposes of
  readonly algorithm: Algorithm;
  /**
   * A run that continues from here with other settings, on a copy of the policy and of the optimizers' moments. This
   * run does not change. Throws RangeError for a run that has ended.
   */
  fork(options: TrainOptions): TrainingRun<P>;
  /**
   * Scores the saved responses with another reward and computes the advantages that it would have given: one row a
   * response.
   */
  rescore(reward: Reward, step?: number): Promise<RescoredRow[]>;
  /** The responses of a step, or of all: rows for a data frame. */
  rollouts(step?: number): RolloutRow[];
}

/**
 * Trains `policy` in place on `task` with an algorithm of your choice; PPO by default.
 *
 * ```ts
 * const questions = await pubmed();
 * const run = train(policy, questions, { algorithm: grpo({ group: 8 }), steps: 100 });
 * await watch(run); // interrupt the cell: the run is paused
 * await watch(run); // it goes on
 * const bold = run.fork({ learningRate: 3e-4 });
 * ```
 *
 * An engine that is down costs no step and teaches nothing: see `outageLimit`. Throws RangeError for settings that
 * disagree, before anything is made.
 */
export const train = <P extends Policy | ServedPolicy = Policy>(
  policy: P,
  task: Task,
  options: TrainOptions = {},
): TrainingRun<P> => started(policy, task, options, undefined);

/** The start of a fork: the models of its parent, and their position. */
interface Origin {
  readonly learners: Learners;
  readonly position: RunPosition;
}

function started<P extends Policy | ServedPolicy>(
  policy: P,
  task: Task,
  options: TrainOptions,
  origin: Origin | undefined,
): TrainingRun<P> {
  const { algorithm = ppoAlgorithm(), critic, validation, folder, resume, signal, ...others } = options;
  const { sampler, rolloutCorrection, ...overrides } = others;
  expectNouns("train", policy, task, algorithm);
  const config = settings("train", trainDefaults, overrides, loopRanges, [...Object.keys(extrasRanges), "algorithm"]);
  const given = Object.entries({ critic, validation, folder, resume, signal, sampler, rolloutCorrection }).filter(
    ([, value]) => value !== undefined,
  );
  const extras = Object.fromEntries(given) as RunExtras;
  const correction = correctionOf("train", extras);
  const described = {
    ...config,
    algorithm: algorithm.name,
    ...algorithm.choices,
    rolloutCorrection: correction ?? "none",
  };
  const taughtBy = algorithm.teacher && { teacher: algorithm.teacher.teacher.policy ? "local" : "remote" };
  refuse("train", { ...described, group: algorithm.group, ...taughtBy });
  if (isServed(policy)) policy.expectTrains("train", algorithm, config);
  else algorithm.teacher?.teacher.expectFits(policy);
  if (critic && !algorithm.critic)
    throw new RangeError(`train: critic was given, and ${algorithm.name} has no critic. Leave critic out, or use PPO.`);
  const texts: StepTexts[] = [];
  let learners: RunLearners | undefined;
  let position: RunPosition = origin?.position ?? { step: 0 };
  const steps = async function* () {
    try {
      yield* trainingRun(
        policy,
        task,
        {
          where: "train",
          algorithm,
          config,
          settings: described,
          defaults: { ...trainDefaults, rolloutCorrection: "none" },
          extras,
          onReady(own) {
            learners = own;
            if (origin && !areServed(own)) copyLearners(origin.learners, own);
            return origin?.position;
          },
          onStep: (at) => void (position = at),
        },
        texts,
      );
    } finally {
      learners = undefined; // they are freed
    }
  };
  const { group } = algorithm;
  const run = Object.assign(held(steps()), {
    policy,
    algorithm,
    fork(changes: TrainOptions): TrainingRun<P> {
      if (isServed(policy) || (learners && areServed(learners)))
        throw new RangeError(
          "train: a run on a server is not forked. Save its policy and begin another with the save: tinker(url, { " +
            'weights: await policy.save("fork") }).',
        );
      if (position.step > 0 && !learners)
        throw new RangeError(
          "train: this run has ended, and its optimizers are freed. Fork a run before its last step, or train its " +
            "policy anew.",
        );
      const { folder: _folder, resume: _resume, ...own } = options; // a folder holds one run
      const from = learners && { learners, position };
      return started(policy.freeze() as P, task, { ...own, ...changes }, from);
    },
    rescore: (reward: Reward, step?: number) => rescored(task, texts, group, reward, step),
    rollouts: (step?: number) => rolloutRows(texts, step),
  });
  return withTexts(runOf(run, config.steps), texts) as TrainingRun<P>;
}
