import { finite, share } from "../../../core/ranges";
import { clipCovariancePolicyLoss } from "../../losses/clip-covariance-policy-loss";
import type { Algorithm } from "../algorithm";
import { groupRelative } from "../group-relative";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/** Settings of Clip-Cov besides those of every group algorithm. */
export interface ClipCovSettings extends GroupSettings {
  readonly clipCovRatio: number; // share of the tokens of a mini-batch that teach nothing; one at least
  readonly clipCovLow: number; // covariance of advantage and log-probability above which a token may be one of them
  readonly clipCovHigh: number; // and below which
}

/**
 * Clip-Cov (Cui et al. 2025, "The entropy mechanism"): GRPO in which a few likely tokens of large advantage teach
 * nothing, because entropy is lost by them. No dual clip, and no KL penalty. verl's names and defaults.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function clipCov(options: Partial<ClipCovSettings> = {}): Algorithm {
  const given = groupSettings<ClipCovSettings>(
    "clipCov",
    {
      defaults: { clipCovRatio: 0.0002, clipCovLow: 1, clipCovHigh: 5, dualClip: Infinity, klCoefficient: 0 },
      ranges: { clipCovRatio: share, clipCovLow: finite, clipCovHigh: finite },
      unread: ["dualClip"],
    },
    options,
  );
  const { clipCovRatio, clipCovLow, clipCovHigh } = given;
  return {
    ...partsOf("clipCov", given),
    ...groupRelative(given),
    loss: (input, own) => clipCovariancePolicyLoss(input, { ...own, clipCovRatio, clipCovLow, clipCovHigh }),
  };
}
