import { oneOf } from "../../../core/ranges";
import { divergencePolicyLoss } from "../../losses/divergence-policy-loss";
import type { Algorithm } from "../algorithm";
import { groupRelative } from "../group-relative";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/** Settings of DPPO besides those of every group algorithm. */
export interface DppoSettings extends GroupSettings {
  readonly divergence: "tv" | "kl"; // what is bounded: total variation or KL divergence of "this or another"
}

/**
 * Divergence proximal policy optimisation (Qi et al. 2026, DPPO): GRPO's advantages, and a token stops teaching when
 * its probability, not its ratio, has moved by more than `clip` or `clipHigh`. `dualClip` bounds the ratio that weighs
 * a token. verl's "dppo_tv" and "dppo_kl". No KL penalty.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function dppo(options: Partial<DppoSettings> = {}): Algorithm {
  const given = groupSettings<DppoSettings>(
    "dppo",
    { defaults: { divergence: "tv", dualClip: 3, klCoefficient: 0 }, ranges: { divergence: oneOf("tv", "kl") } },
    options,
  );
  const { divergence } = given;
  return {
    ...partsOf("dppo", given),
    ...groupRelative(given),
    loss: (input, own) => divergencePolicyLoss(input, { ...own, divergence }),
  };
}
