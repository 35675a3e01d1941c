import { from, share } from "../../../core/ranges";
import { klCovariancePolicyLoss } from "../../losses/kl-covariance-policy-loss";
import type { Algorithm } from "../algorithm";
import { groupRelative } from "../group-relative";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/** Settings of KL-Cov besides those of every group algorithm. */
export interface KLCovSettings extends GroupSettings {
  readonly klCovRatio: number; // share of the tokens of a mini-batch that are held near the old policy; one at least
  readonly klCovCoefficient: number; // weight of that penalty; verl's ppo_kl_coef
}

/**
 * KL-Cov (Cui et al. 2025, "The entropy mechanism"): GRPO's advantages without a clip of the ratio; the tokens of the
 * highest covariance of advantage and log-probability are held near the old policy. No reference policy. verl's
 * defaults.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function klCov(options: Partial<KLCovSettings> = {}): Algorithm {
  const given = groupSettings<KLCovSettings>(
    "klCov",
    {
      defaults: { klCovRatio: 0.0002, klCovCoefficient: 1, dualClip: Infinity, klCoefficient: 0 },
      ranges: { klCovRatio: share, klCovCoefficient: from(0) },
      unread: ["clip", "clipHigh", "dualClip"],
    },
    options,
  );
  const { klCovRatio, klCovCoefficient } = given;
  return {
    ...partsOf("klCov", given),
    ...groupRelative(given),
    loss: (input, own) => klCovariancePolicyLoss(input, { ...own, klCovRatio, klCovCoefficient }),
  };
}
