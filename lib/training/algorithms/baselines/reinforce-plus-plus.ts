import { flag, within } from "../../../core/ranges";
import { reinforcePlusPlus as wholeBatch, reinforcePlusPlusBaseline } from "../../estimators/reinforce-plus-plus";
import { policyLoss } from "../../losses/policy-loss";
import type { Algorithm } from "../algorithm";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/** Settings of REINFORCE++ besides those of every group algorithm. */
export interface ReinforcePlusPlusSettings extends GroupSettings {
  readonly baseline: boolean; // whether the mean of a group is subtracted first
  readonly gamma: number; // discount of a token's reward; without a baseline only
}

/**
 * REINFORCE++ (Hu 2025): rewards whitened over the whole batch take the place of a critic and of groups. One response a
 * prompt, and the k1 KL penalty in the reward.
 *
 * With `baseline: true` the mean of a group of responses is subtracted first, and the KL penalty is k2 in the loss,
 * both as in the paper.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function reinforcePlusPlus(options: Partial<ReinforcePlusPlusSettings> = {}): Algorithm {
  const kl = options.baseline
    ? ({ klKind: "k2", klPlace: "loss" } as const)
    : ({ klKind: "k1", klPlace: "reward" } as const);
  const given = groupSettings<ReinforcePlusPlusSettings>(
    "reinforcePlusPlus",
    {
      defaults: { baseline: false, gamma: 1, group: options.baseline ? 8 : 1, ...kl },
      ranges: { baseline: flag, gamma: within(0, 1) },
    },
    options,
  );
  const { whitening } = given.conventions;
  return {
    ...partsOf("reinforcePlusPlus", given),
    conventions: { whitening },
    estimate: ({ scores, groups, rewards, mask }) =>
      given.baseline
        ? { advantages: reinforcePlusPlusBaseline({ scores, groups, mask }, { whitening }) }
        : { advantages: wholeBatch({ rewards, mask }, { gamma: given.gamma, whitening }).advantages },
    loss: policyLoss,
  };
}
