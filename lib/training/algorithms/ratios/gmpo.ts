import { above, from, orInfinity } from "../../../core/ranges";
import { geometricMeanPolicyLoss } from "../../losses/geometric-mean-policy-loss";
import type { Algorithm } from "../algorithm";
import { groupRelative } from "../group-relative";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/**
 * Geometric-mean policy optimisation (Zhao et al. 2025, GMPO): GRPO's advantages, and the geometric mean of a
 * sequence's clipped ratios, which a single token moves little. `clip` and `clipHigh` are in nats: 0.4 is the paper's
 * e^±0.4, and verl's default is 0.2. Every sequence has the same weight, and there is no KL penalty.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function gmpo(options: Partial<GroupSettings> = {}): Algorithm {
  const given = groupSettings<GroupSettings>(
    "gmpo",
    {
      defaults: {
        clip: 0.4,
        clipHigh: options.clip ?? 0.4,
        dualClip: Infinity,
        aggregation: "seq-mean-token-mean",
        klCoefficient: 0,
      },
      replaced: { clip: above(0), clipHigh: orInfinity(from(0)) }, // the logarithm of a ratio has no least value
      unread: ["dualClip"],
    },
    options,
  );
  return {
    ...partsOf("gmpo", given),
    ...groupRelative(given),
    loss: geometricMeanPolicyLoss,
  };
}
