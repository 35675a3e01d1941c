import { overTokens } from "../../estimators/groups";
import { lengthWeightedBaseline } from "../../estimators/length-weighted-baseline";
import { policyLoss } from "../../losses/policy-loss";
import type { Algorithm } from "../algorithm";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/**
 * On-policy RL with optimal reward baseline (Hao et al. 2025, OPO): the baseline of a group is the mean of its rewards
 * by the lengths of the responses, which has the least variance. No KL penalty and no entropy bonus, as in the paper.
 * One optimizer step for each batch keeps it on policy: set miniBatch to the number of responses.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function opo(options: Partial<GroupSettings> = {}): Algorithm {
  const given = groupSettings<GroupSettings>("opo", { defaults: { klCoefficient: 0 } }, options);
  return {
    ...partsOf("opo", given),
    estimate: ({ scores, groups, mask }) => {
      const lengths = mask.map((row) => row.reduce((sum, one) => sum + one, 0));
      return { advantages: overTokens(lengthWeightedBaseline({ scores, groups, lengths }), mask) };
    },
    loss: policyLoss,
  };
}
