import { above } from "../../../core/ranges";
import { groupPolicyGradient } from "../../estimators/group-policy-gradient";
import { overTokens } from "../../estimators/groups";
import { plainPolicyLoss } from "../../losses/plain-policy-loss";
import type { Algorithm } from "../algorithm";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/** Settings of GPG besides those of every group algorithm. */
export interface GpgSettings extends GroupSettings {
  readonly norm: number; // F, by which all advantages are divided; verl's f_norm
}

/**
 * Group policy gradient (Chu et al. 2025, GPG): differences from the mean of a group, scaled up for the responses that
 * earned nothing, and the plain policy gradient without ratio, clip and KL penalty. One optimizer step for each batch
 * keeps it on policy: set miniBatch to the number of responses.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function gpg(options: Partial<GpgSettings> = {}): Algorithm {
  const given = groupSettings<GpgSettings>(
    "gpg",
    {
      defaults: { norm: 1, dualClip: Infinity, klCoefficient: 0 },
      ranges: { norm: above(0) },
      unread: ["clip", "clipHigh", "dualClip", "ratioBound"],
    },
    options,
  );
  return {
    ...partsOf("gpg", given),
    estimate: ({ scores, groups, mask }) => ({
      advantages: overTokens(groupPolicyGradient({ scores, groups }, { norm: given.norm }), mask),
    }),
    loss: plainPolicyLoss,
  };
}
