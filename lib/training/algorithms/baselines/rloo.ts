import { overTokens } from "../../estimators/groups";
import { leaveOneOut } from "../../estimators/leave-one-out";
import { policyLoss } from "../../losses/policy-loss";
import type { Algorithm } from "../algorithm";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/**
 * REINFORCE leave-one-out (Ahmadian et al. 2024): the baseline of a response is the mean reward of the other responses
 * to its prompt. The k1 KL penalty stands in the reward, as in the paper.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function rloo(options: Partial<GroupSettings> = {}): Algorithm {
  const given = groupSettings<GroupSettings>("rloo", { defaults: { klKind: "k1", klPlace: "reward" } }, options);
  const { singleton } = given.conventions;
  return {
    ...partsOf("rloo", given),
    estimate: ({ scores, groups, mask }) => ({
      advantages: overTokens(leaveOneOut({ scores, groups }, { singleton }), mask),
    }),
    loss: policyLoss,
  };
}
