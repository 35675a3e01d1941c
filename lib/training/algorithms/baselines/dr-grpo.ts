import { flag } from "../../../core/ranges";
import { policyLoss } from "../../losses/policy-loss";
import type { Algorithm } from "../algorithm";
import { groupRelative } from "../group-relative";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/** Settings of Dr.GRPO besides those of every group algorithm. */
export interface DrGrpoSettings extends GroupSettings {
  readonly normaliseByStd: boolean; // false; with true it would be GRPO, and is refused
}

/**
 * GRPO done right (Liu et al. 2025, Dr.GRPO): no division by the standard deviation of a group, which favours prompts
 * that are nearly solved or nearly hopeless, and sums of token losses over a constant, so that long wrong responses are
 * not punished less. No KL penalty, as in the paper.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function drGrpo(options: Partial<DrGrpoSettings> = {}): Algorithm {
  const given = groupSettings<DrGrpoSettings>(
    "drGrpo",
    {
      defaults: { aggregation: "seq-mean-token-sum-norm", klCoefficient: 0, normaliseByStd: false },
      ranges: { normaliseByStd: flag },
    },
    options,
  );
  return {
    ...partsOf("drGrpo", given),
    ...groupRelative(given, false),
    loss: policyLoss,
  };
}
