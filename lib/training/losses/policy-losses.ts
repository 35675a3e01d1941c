import { plainPolicyLoss } from "./plain-policy-loss";
import { policyLoss } from "./policy-loss";
import type { PolicyLossFunction } from "./policy-loss-input";
import { sequencePolicyLoss } from "./sequence-policy-loss";
import { weightedPolicyLoss } from "./weighted-policy-loss";

/** The policy losses by the names of verl's loss_mode. */
export const policyLosses = {
  vanilla: policyLoss,
  gspo: sequencePolicyLoss,
  cispo: weightedPolicyLoss,
  gpg: plainPolicyLoss,
} as const satisfies Readonly<Record<string, PolicyLossFunction>>;
export type PolicyLossName = keyof typeof policyLosses;
