import { groupBaseline } from "../estimators/group-baseline";
import { overTokens } from "../estimators/groups";
import type { Algorithm } from "./algorithm";
import type { Complete, GroupSettings } from "./group-settings";

/**
 * The advantages of GRPO, which many algorithms have: a response is compared with the mean of its group. With
 * `normaliseByStd` the profile's ε is added to the standard deviation that they are divided by.
 */
export function groupRelative(
  { conventions: { groupEpsilon: epsilon, singleton } }: Complete<GroupSettings>,
  normaliseByStd = true,
): Pick<Algorithm, "estimate" | "conventions"> {
  return {
    ...(normaliseByStd && { conventions: { groupEpsilon: epsilon } }),
    estimate: ({ scores, groups, mask }) => ({
      advantages: overTokens(groupBaseline({ scores, groups }, { normaliseByStd, epsilon, singleton }), mask),
    }),
  };
}
