import { greedyBaseline } from "../../estimators/greedy-baseline";
import { policyLoss } from "../../losses/policy-loss";
import type { Algorithm } from "../algorithm";
import { groupSettings, partsOf, type GroupSettings } from "../group-settings";

/**
 * ReMax (Li et al. 2024): the baseline of a prompt is what the policy's greedy response to it earns. A step writes and
 * scores one response more for each prompt. The k1 KL penalty stands in the reward, as in the paper, and not in the
 * baseline, as in verl. A prompt whose greedy response has no reward, because an engine was down, teaches nothing.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function remax(options: Partial<GroupSettings> = {}): Algorithm {
  const given = groupSettings<GroupSettings>(
    "remax",
    { defaults: { group: 1, klKind: "k1", klPlace: "reward" } },
    options,
  );
  return {
    ...partsOf("remax", given),
    greedy: true,
    estimate: ({ rewards, baselines, mask }) => ({
      advantages: greedyBaseline({ rewards, baselines: baselines!, mask }).advantages,
    }),
    loss: policyLoss,
  };
}
