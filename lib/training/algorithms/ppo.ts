import { gae } from "../estimators/gae";
import { whiten } from "../estimators/whiten";
import { fixedKL } from "../kl/controller";
import { policyLoss } from "../losses/policy-loss";
import { settings } from "../../core/settings";
import { ppoDefaults, ppoRanges, type PPOConfig } from "../ppo-config";
import type { Algorithm } from "./algorithm";

/** The settings of PPO that are the algorithm's; the others are the training loop's. */
export type PPOChoices = Pick<
  PPOConfig,
  | "clip"
  | "dualClip"
  | "valueClip"
  | "gamma"
  | "lambda"
  | "entropyCoefficient"
  | "klCoefficient"
  | "criticLearningRate"
  | "criticEpochs"
  | "criticWarmup"
>;

const defaultChoices: PPOChoices = {
  clip: ppoDefaults.clip,
  dualClip: ppoDefaults.dualClip,
  valueClip: ppoDefaults.valueClip,
  gamma: ppoDefaults.gamma,
  lambda: ppoDefaults.lambda,
  entropyCoefficient: ppoDefaults.entropyCoefficient,
  klCoefficient: ppoDefaults.klCoefficient,
  criticLearningRate: ppoDefaults.criticLearningRate,
  criticEpochs: ppoDefaults.criticEpochs,
  criticWarmup: ppoDefaults.criticWarmup,
};

/**
 * Proximal policy optimisation (Schulman et al. 2017) as DeepRetrieval's verl runs it: one response to a prompt, a k1
 * KL penalty in the reward, GAE with a separate critic, whitened advantages, the clipped surrogate loss.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range.
 */
export function ppoAlgorithm(given: Partial<PPOChoices> = {}): Algorithm {
  const choices = settings("ppoAlgorithm", defaultChoices, given, ppoRanges);
  const { clip, dualClip, valueClip, gamma, lambda, entropyCoefficient, klCoefficient } = choices;
  const { criticLearningRate: learningRate, criticEpochs: epochs, criticWarmup: warmup } = choices;
  return {
    name: "ppo",
    choices: { ...choices },
    group: 1,
    critic: { learningRate, epochs, warmup, valueClip },
    kl: { place: "reward", kind: "k1", controller: fixedKL(klCoefficient) },
    estimate({ rewards, values, mask }) {
      const { advantages, returns } = gae({ rewards, values: values!, mask }, { gamma, lambda });
      return { advantages: whiten(advantages, mask, undefined, { tooFew: "zero" }), returns };
    },
    loss: policyLoss,
    lossOptions: { clip, dualClip },
    entropyCoefficient,
  };
}
