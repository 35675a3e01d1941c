import { sequencePolicyLoss } from "../../losses/sequence-policy-loss";
import type { Algorithm } from "../algorithm";
import { groupRelative } from "../group-relative";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/**
 * Group sequence policy optimisation (Zheng et al. 2025, GSPO): GRPO's advantages, and a clip that looks at the mean
 * log-ratio of whole responses. Its ε are about 1e-4. It has no dual clip, and no KL penalty, as in the paper.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function gspo(options: Partial<GroupSettings> = {}): Algorithm {
  const given = groupSettings<GroupSettings>(
    "gspo",
    {
      defaults: {
        clip: 3e-4,
        clipHigh: 4e-4,
        dualClip: Infinity,
        aggregation: "seq-mean-token-mean",
        klCoefficient: 0,
      },
      unread: ["dualClip", "ratioBound"],
    },
    options,
  );
  return {
    ...partsOf("gspo", given),
    ...groupRelative(given),
    loss: sequencePolicyLoss,
  };
}
