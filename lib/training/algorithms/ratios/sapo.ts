import { above } from "../../../core/ranges";
import { softGatePolicyLoss } from "../../losses/soft-gate-policy-loss";
import type { Algorithm } from "../algorithm";
import { groupRelative } from "../group-relative";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/** Settings of SAPO besides those of every group algorithm. */
export interface SapoSettings extends GroupSettings {
  readonly tauPositive: number; // τ of tokens with a positive advantage; verl's tau_pos
  readonly tauNegative: number; // τ of the others: a larger one lets their gradient fall faster; verl's tau_neg
}

/**
 * Soft adaptive policy optimisation (Gao et al. 2025, SAPO): GRPO's advantages, and a smooth gate in place of the clip.
 * Every sequence has the same weight, and there is no KL penalty, as in the paper.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function sapo(options: Partial<SapoSettings> = {}): Algorithm {
  const given = groupSettings<SapoSettings>(
    "sapo",
    {
      defaults: {
        tauPositive: 1,
        tauNegative: 1.05,
        dualClip: Infinity,
        aggregation: "seq-mean-token-mean",
        klCoefficient: 0,
      },
      ranges: { tauPositive: above(0), tauNegative: above(0) },
      unread: ["clip", "clipHigh", "dualClip"],
    },
    options,
  );
  const { tauPositive, tauNegative } = given;
  return {
    ...partsOf("sapo", given),
    ...groupRelative(given),
    loss: (input, own) => softGatePolicyLoss(input, { ...own, tauPositive, tauNegative }),
  };
}
