import { from, whole, within } from "../../../core/ranges";
import { policyLoss } from "../../losses/policy-loss";
import { overlongPenalty } from "../../shaping/overlong";
import type { Algorithm } from "../algorithm";
import { groupRelative } from "../group-relative";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/** Settings of DAPO besides those of every group algorithm. */
export interface DapoSettings extends GroupSettings {
  readonly rounds: number; // most rounds of prompts that a step draws for groups with spread; 0 is no dynamic sampling
  readonly overlongShare: number; // last share of the longest response over which the penalty grows; 0 is no penalty
  readonly overlongFactor: number; // reward taken off a response of the greatest length
}

/**
 * Decoupled clip and dynamic sampling (Yu et al. 2025, DAPO): GRPO with a higher clip above than below, groups without
 * spread replaced by others, a penalty that grows over the last tokens before the limit, means over tokens, and no KL.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function dapo(options: Partial<DapoSettings> = {}): Algorithm {
  const given = groupSettings<DapoSettings>(
    "dapo",
    {
      defaults: {
        clipHigh: 0.28,
        dualClip: 10,
        aggregation: "token-mean",
        klCoefficient: 0,
        rounds: 10,
        overlongShare: 0.2,
        overlongFactor: 1,
      },
      ranges: { rounds: whole(0), overlongShare: within(0, 1), overlongFactor: from(0) },
    },
    options,
  );
  const { rounds, overlongShare, overlongFactor: factor } = given;
  return {
    ...partsOf("dapo", given),
    ...groupRelative(given),
    loss: policyLoss,
    ...(rounds > 0 && { rounds }),
    ...(overlongShare > 0 &&
      factor > 0 && {
        shape: ({ length, limit }) => overlongPenalty(length, { limit, buffer: limit * overlongShare, factor }),
      }),
  };
}
