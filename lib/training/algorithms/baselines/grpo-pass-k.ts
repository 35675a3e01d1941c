import { flag } from "../../../core/ranges";
import { bestOfGroup } from "../../estimators/best-of-group";
import { overTokens } from "../../estimators/groups";
import { policyLoss } from "../../losses/policy-loss";
import type { Algorithm } from "../algorithm";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/** Settings of GRPO for pass@k besides those of every group algorithm. */
export interface GrpoPassKSettings extends GroupSettings {
  readonly normaliseByStd: boolean; // whether the advantage is divided by the standard deviation of the group's rewards
}

/**
 * GRPO for pass@k (Tang et al. 2025), as verl's "grpo_passk": only the best response of a group has an advantage, by
 * how much it is better than the second best. It rewards one good response in `group` rather than good responses on
 * average.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function grpoPassK(options: Partial<GrpoPassKSettings> = {}): Algorithm {
  const given = groupSettings<GrpoPassKSettings>(
    "grpoPassK",
    { defaults: { normaliseByStd: true }, ranges: { normaliseByStd: flag } },
    options,
  );
  const { groupEpsilon: epsilon } = given.conventions;
  const { normaliseByStd } = given;
  return {
    ...partsOf("grpoPassK", given),
    ...(normaliseByStd && { conventions: { groupEpsilon: epsilon } }),
    estimate: ({ scores, groups, mask }) => ({
      advantages: overTokens(bestOfGroup({ scores, groups }, { normaliseByStd, epsilon, tooFew: "zero" }), mask),
    }),
    loss: policyLoss,
  };
}
