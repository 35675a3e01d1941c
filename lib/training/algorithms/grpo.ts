import { flag } from "../../core/ranges";
import { policyLoss } from "../losses/policy-loss";
import type { Algorithm } from "./algorithm";
import { groupRelative } from "./group-relative";
import { groupSettings, partsOf, type GroupSettings } from "./group-settings";

/** Settings of GRPO besides those of every group algorithm. */
export interface GrpoSettings extends GroupSettings {
  readonly normaliseByStd: boolean; // whether a group's advantages are divided by the standard deviation of its rewards
}

/**
 * Group relative policy optimisation (Shao et al. 2024, DeepSeekMath): several responses to each prompt, each compared
 * with the mean of its group. No critic. The KL penalty stands where the profile has it: in the loss, as k3, in verl.
 *
 * The published form averages over tokens first and sequences then: `aggregation: "seq-mean-token-mean"`. verl and TRL
 * now average over tokens, which does not favour short responses.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function grpo(options: Partial<GrpoSettings> = {}): Algorithm {
  const given = groupSettings<GrpoSettings>(
    "grpo",
    { defaults: { normaliseByStd: true }, ranges: { normaliseByStd: flag } },
    options,
  );
  return {
    ...partsOf("grpo", given),
    ...groupRelative(given, given.normaliseByStd),
    loss: policyLoss,
  };
}
