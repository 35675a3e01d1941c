import { clipCovariancePolicyLoss } from "./clip-covariance-policy-loss";
import { divergencePolicyLoss } from "./divergence-policy-loss";
import { geometricMeanPolicyLoss } from "./geometric-mean-policy-loss";
import { klCovariancePolicyLoss } from "./kl-covariance-policy-loss";
import { plainPolicyLoss } from "./plain-policy-loss";
import { policyLoss } from "./policy-loss";
import type { PolicyLossFunction } from "./policy-loss-input";
import { sequencePolicyLoss } from "./sequence-policy-loss";
import { softGatePolicyLoss } from "./soft-gate-policy-loss";
import { weightedPolicyLoss } from "./weighted-policy-loss";

/** The policy losses by the names of verl's loss_mode. */
export const policyLosses = {
  vanilla: policyLoss,
  gspo: sequencePolicyLoss,
  sapo: softGatePolicyLoss,
  geo_mean: geometricMeanPolicyLoss,
  cispo: weightedPolicyLoss,
  gpg: plainPolicyLoss,
  clip_cov: clipCovariancePolicyLoss,
  kl_cov: klCovariancePolicyLoss,
  dppo_tv: (input, options?) => divergencePolicyLoss(input, { ...options, divergence: "tv" }),
  dppo_kl: (input, options?) => divergencePolicyLoss(input, { ...options, divergence: "kl" }),
} as const satisfies Readonly<Record<string, PolicyLossFunction>>;
export type PolicyLossName = keyof typeof policyLosses;
