import { above, from, orInfinity, whole, within, type Range } from "../core/ranges";
import { loopDefaults, loopRanges } from "./loop/loop-config";

/**
 * Settings of a PPO run: those of every run, and PPO's own. [R] marks a value of the reference
 * (scripts/train/pubmed.sh and its ppo_trainer.yaml).
 */
export const ppoDefaults = {
  ...loopDefaults,
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
  /** [R] 1e-5 for 3 billion parameters */
  criticLearningRate: 3e-4,
  /** [R] passes of the critic over a step's rollouts */
  criticEpochs: 1,
  /** [R] first steps that train the critic only */
  criticWarmup: 0,
};
/** Settings of `ppo`. */
export type PPOConfig = typeof ppoDefaults;

/** The range of each number. */
export const ppoRanges: Readonly<Record<keyof PPOConfig, Range>> = {
  ...loopRanges,
  clip: above(0),
  dualClip: orInfinity(above(1)), // a bound of 1 or less would cut ordinary losses (Ye et al. 2020)
  valueClip: orInfinity(above(0)),
  gamma: within(0, 1),
  lambda: within(0, 1),
  entropyCoefficient: from(0),
  klCoefficient: from(0),
  criticLearningRate: from(0),
  criticEpochs: whole(1),
  criticWarmup: whole(0),
};
