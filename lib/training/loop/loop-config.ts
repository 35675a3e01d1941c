import { above, flag, from, orInfinity, seed, share, whole, within, type Range } from "../../core/ranges";

/**
 * Settings of a training run that every algorithm has. [R] marks a value of the reference (scripts/train/pubmed.sh and
 * its ppo_trainer.yaml). The learning rate and the response length suit a policy of a few million parameters, not of
 * three billion.
 */
export const loopDefaults = {
  /** rollout-and-update iterations */
  steps: 100,
  /** [R] prompts a step; an algorithm may sample several responses to each */
  batchSize: 64,
  /** [R] responses an optimizer step */
  miniBatch: 16,
  /**
   * responses in memory at once, if a mini-batch is too large; 0 is the mini-batch. The result does not depend on it
   */
  microBatch: 0,
  /** [R] true: compute activations again in the backward pass: less memory, 25 % to 50 % more time */
  checkpoint: false,
  /** [R] passes over a step's rollouts */
  epochs: 1,
  /** [R] gradients are scaled down to this global norm */
  maxGradNorm: 1,
  /** [R] AdamW */
  weightDecay: 0.01,
  /** policy; [R] 1e-6 for 3 billion parameters */
  learningRate: 1e-4,
  /** [R] 1: constant; else the share of the learning rates left at the last step */
  finalLearningRate: 1,
  /** tokens; [R] 500 */
  maxResponse: 144,
  /** [R] */
  temperature: 1,
  /** [R] */
  topP: 1,
  /** searches in flight */
  searches: 8,
  /** repetitions of a reward after an outage */
  outageRetries: 2,
  /** seconds before the first repetition; the wait doubles each time, up to a minute */
  outageBackOff: 1,
  /** share of a step's rewards that may be missing; above it the run waits for the engine */
  outageLimit: 0.5,
  /** seconds that the run waits for an engine that is down; then the run ends */
  outagePatience: 3600,
  /** seconds that one reward may take; then it counts as an outage */
  rewardSeconds: 300,
  /** steps between checkpoints at most, if there is a folder; more are written if they take 2 % of the time or less */
  saveEvery: 25,
  /** newest checkpoints that are kept, besides the one with the best validation */
  keep: 1,
  /**
   * share of the gain in validation reward since the first validation that may be lost again; beyond it the run returns
   * to its best checkpoint. 0 is never. A loss within two standard errors is not counted
   */
  rollback: 0,
  /** steps between validations, if there is a validation task; 0 is never */
  validateEvery: 0,
  /** share of the wall clock that validation may take; 1 validates every problem every time */
  validationBudget: 1,
  /** seed of every random stream of the run */
  seed: 0,
};
/** Every setting of the training loop, with the type of its default. */
export type LoopConfig = typeof loopDefaults;

/** The range of each number. */
export const loopRanges: Readonly<Record<keyof LoopConfig, Range>> = {
  steps: whole(0),
  batchSize: whole(1),
  miniBatch: whole(1),
  microBatch: whole(0),
  checkpoint: flag,
  epochs: whole(1),
  maxGradNorm: orInfinity(above(0)),
  weightDecay: from(0),
  learningRate: from(0),
  finalLearningRate: within(0, 1),
  maxResponse: whole(1),
  temperature: above(0), // at 0 the policy has no gradient
  topP: share,
  searches: whole(1),
  outageRetries: whole(0),
  outageBackOff: from(0),
  outageLimit: share,
  outagePatience: orInfinity(from(0)),
  rewardSeconds: orInfinity(above(0)),
  saveEvery: orInfinity(whole(1)),
  keep: whole(1),
  rollback: from(0),
  validateEvery: whole(0),
  validationBudget: share,
  seed,
};

/** Settings that may change when a run is resumed: its length, and settings that do not affect the result. */
export const freeSettings: readonly string[] = [
  "steps",
  "microBatch",
  "checkpoint",
  "searches",
  "outageRetries",
  "outageBackOff",
  "outageLimit",
  "outagePatience",
  "rewardSeconds",
  "saveEvery",
  "keep",
  "validationBudget",
  "validateEvery",
] satisfies (keyof LoopConfig)[];
