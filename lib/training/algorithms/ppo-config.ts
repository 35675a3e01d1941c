import { above, flag, from, orInfinity, seed, share, whole, within, type Range } from "../../core/ranges";

/**
 * Settings of a PPO run. [R] marks a value of the reference (scripts/train/pubmed.sh and its ppo_trainer.yaml);
 * the learning rates and response length are for a policy of a few million parameters, not three billion.
 */
export const ppoDefaults = {
  /** rollout-and-update iterations */
  steps: 100,
  /** [R] prompts a step, one response each */
  batchSize: 64,
  /** [R] prompts an optimizer step */
  miniBatch: 16,
  /** prompts in memory at once, when a mini-batch is too large for it; 0 is the mini-batch. Changes no number */
  microBatch: 0,
  /** [R] true: compute activations anew in the backward pass, for less memory and a quarter to a half more time */
  checkpoint: false,
  /** [R] passes over a step's rollouts */
  epochs: 1,
  /** [R] ε: how far the probability ratio may move, as 1 ± ε */
  clip: 0.2,
  /** [R] none; verl since 0.2 uses 3 */
  dualClip: Infinity,
  /** [R] how far a value may move in one step */
  valueClip: 0.5,
  /** [R] discount */
  gamma: 1,
  /** [R] GAE */
  lambda: 1,
  /** [R] bonus on entropy in the loss */
  entropyCoefficient: 0.001,
  /** [R] β of the k1 penalty in the reward */
  klCoefficient: 0.001,
  /** [R] */
  maxGradNorm: 1,
  /** [R] AdamW */
  weightDecay: 0.01,
  /** policy; [R] 1e-6 for 3 billion parameters */
  learningRate: 1e-4,
  /** [R] 1e-5 for 3 billion parameters */
  criticLearningRate: 3e-4,
  /** [R] passes of the critic over a step's rollouts */
  criticEpochs: 1,
  /** [R] first steps that train the critic only */
  criticWarmup: 0,
  /** [R] 1: constant; else the share of both rates left at the last step */
  finalLearningRate: 1,
  /** tokens; [R] 500 */
  maxResponse: 96,
  /** [R] */
  temperature: 1,
  /** [R] */
  topP: 1,
  /** searches in flight */
  searches: 8,
  /**
   * steps between checkpoints at most, when there is a folder to keep them; more come where they take 2 % of the time
   * or less
   */
  saveEvery: 25,
  /** steps between validations, when there is a validation task; 0 is never */
  validateEvery: 0,
  /** names every random stream of the run */
  seed: 0,
};
export type PPOConfig = typeof ppoDefaults;

/** What each number may be. */
export const ppoRanges: Readonly<Record<keyof PPOConfig, Range>> = {
  steps: whole(0),
  batchSize: whole(1),
  miniBatch: whole(1),
  microBatch: whole(0),
  checkpoint: flag,
  epochs: whole(1),
  clip: above(0),
  dualClip: orInfinity(above(1)), // a bound of 1 or less would cut ordinary losses (Ye et al. 2020)
  valueClip: orInfinity(above(0)),
  gamma: within(0, 1),
  lambda: within(0, 1),
  entropyCoefficient: from(0),
  klCoefficient: from(0),
  maxGradNorm: orInfinity(above(0)),
  weightDecay: from(0),
  learningRate: from(0),
  criticLearningRate: from(0),
  criticEpochs: whole(1),
  criticWarmup: whole(0),
  finalLearningRate: within(0, 1),
  maxResponse: whole(1),
  temperature: above(0), // at 0 the policy has no gradient
  topP: share,
  searches: whole(1),
  saveEvery: orInfinity(whole(1)),
  validateEvery: whole(0),
  seed,
};
