import { weightedPolicyLoss } from "../../losses/weighted-policy-loss";
import type { Algorithm } from "../algorithm";
import { groupRelative } from "../group-relative";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/**
 * Clipped importance sampling policy optimisation (MiniMax 2025, CISPO, eq. 4): GRPO's advantages, and a ratio that is
 * clipped and held constant, so that no token stops teaching. Only the upper ε bounds it, as in the paper; a `clip`
 * below 1 bounds it below too, as verl's default of 0.2 does. It has no dual clip, and no KL penalty.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function cispo(options: Partial<GroupSettings> = {}): Algorithm {
  const given = groupSettings<GroupSettings>(
    "cispo",
    { defaults: { clip: 1, clipHigh: 0.2, dualClip: Infinity, klCoefficient: 0 }, unread: ["dualClip"] },
    options,
  );
  return {
    ...partsOf("cispo", given),
    ...groupRelative(given),
    loss: weightedPolicyLoss,
  };
}
