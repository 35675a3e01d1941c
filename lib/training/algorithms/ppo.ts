import { settings } from "../../core/settings";
import { gae } from "../estimators/gae";
import { unbiasedWhitening, whiten } from "../estimators/whiten";
import { fixedKL } from "../kl/controller";
import { policyLoss } from "../losses/policy-loss";
import { ppoDefaults, ppoRanges, type PPOConfig } from "../ppo-config";
import { profileOf, type FrameworkName } from "../profiles/profiles";
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
> & {
  /**
   * the framework whose conventions hold; without it, those of DeepRetrieval with the bound of a ratio that verl has
   * now
   */
  readonly profile?: FrameworkName;
};

const defaultChoices: Omit<PPOChoices, "profile"> = {
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

/** What a profile fixes in PPO, and how it computes advantages. */
function conventionsOf(name: FrameworkName | undefined) {
  if (name === undefined) return { whitening: unbiasedWhitening, skipMasked: true };
  const { clip, dualClip, valueClip, whitening, gaeSkipsMasked: skipMasked, ratioBound, klBounds } = profileOf(name);
  return { whitening, skipMasked, ratioBound, klBounds, given: { clip, dualClip, valueClip } };
}

/**
 * Proximal policy optimisation (Schulman et al. 2017) as DeepRetrieval's verl runs it: one response to a prompt, a k1
 * KL penalty in the reward, GAE with a separate critic, whitened advantages, the clipped surrogate loss. A profile
 * fixes the clips, the whitening, the bound of a ratio and how GAE crosses masked positions.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range.
 */
export function ppoAlgorithm({ profile, ...given }: Partial<PPOChoices> = {}): Algorithm {
  const { whitening, skipMasked, ratioBound, klBounds, given: fixed } = conventionsOf(profile);
  const choices = settings("ppoAlgorithm", { ...defaultChoices, ...fixed }, given, ppoRanges);
  const { clip, dualClip, valueClip, gamma, lambda, entropyCoefficient, klCoefficient } = choices;
  const { criticLearningRate: learningRate, criticEpochs: epochs, criticWarmup: warmup } = choices;
  return {
    name: "ppo",
    choices: { ...choices, ...(profile && { profile }) },
    conventions: { whitening, gaeSkipsMasked: skipMasked },
    group: 1,
    critic: { learningRate, epochs, warmup, valueClip },
    kl: { place: "reward", kind: "k1", controller: fixedKL(klCoefficient), ...(klBounds && { bounds: klBounds }) },
    estimate({ rewards, values, mask }) {
      const { advantages, returns } = gae({ rewards, values: values!, mask }, { gamma, lambda, skipMasked });
      return { advantages: whiten(advantages, mask, whitening, { tooFew: "zero" }), returns };
    },
    loss: policyLoss,
    lossOptions: { clip, dualClip, ...(ratioBound !== undefined && { ratioBound }) },
    entropyCoefficient,
  };
}
