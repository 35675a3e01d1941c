import { masked, mean, type Rows } from "../estimators/masked";

/** exp(value), held so that it is finite. */
const exponential = (value: number): number => Math.exp(Math.min(value, 20));

/**
 * How far the policy and its sampler are apart, by verl's names (compute_offpolicy_metrics). d = log π_old − log
 * π_rollout of a token; l = −log π, a mean over the tokens of a sequence.
 *
 *   kl = E[−d],  k3_kl = E[e^d − d − 1]                                  over tokens
 *   training_ppl = E[exp l_old],  rollout_ppl = E[exp l_rollout]         over sequences
 *   log_ppl_diff = E[l_old − l_rollout],  ppl_ratio = E[exp(l_old − l_rollout)]
 *   chi2_token = E[e^2d] − 1 over tokens,  chi2_seq = E[exp(2·Σd)] − 1 over sequences
 *
 * training/rollout_probs_diff_* are of |π_old − π_rollout| over tokens.
 *
 * @param mask [B][R] with a token inside it
 */
export function mismatchMetrics(oldLogps: Rows, rolloutLogps: Rows, mask: Rows): Record<string, number> {
  const [old, rollout] = [masked(oldLogps, mask), masked(rolloutLogps, mask)];
  const differences = old.map((logp, i) => logp - rollout[i]!);
  const sequences = mask.flatMap((own, b) => {
    const [a, r] = [masked([oldLogps[b]!], [own]), masked([rolloutLogps[b]!], [own])];
    return a.length === 0 ? [] : [{ old: -mean(a), rollout: -mean(r), length: a.length }];
  });
  const gaps = sequences.map((each) => each.old - each.rollout);
  const probabilities = old.map((logp, i) => Math.abs(Math.exp(logp) - Math.exp(rollout[i]!)));
  const centre = mean(probabilities);
  return {
    "rollout_corr/kl": mean(differences.map((d) => -d)),
    "rollout_corr/k3_kl": mean(differences.map((d) => exponential(d) - d - 1)),
    "rollout_corr/training_ppl": mean(sequences.map((each) => exponential(each.old))),
    "rollout_corr/rollout_ppl": mean(sequences.map((each) => exponential(each.rollout))),
    "rollout_corr/log_ppl_diff": mean(gaps),
    "rollout_corr/ppl_ratio": mean(gaps.map(exponential)),
    "rollout_corr/chi2_token": mean(differences.map((d) => exponential(d) ** 2)) - 1,
    "rollout_corr/chi2_seq": mean(sequences.map(({ length }, i) => exponential(-length * gaps[i]!) ** 2)) - 1,
    "training/rollout_probs_diff_max": probabilities.reduce((a, b) => Math.max(a, b), 0),
    "training/rollout_probs_diff_mean": centre,
    "training/rollout_probs_diff_std": Math.sqrt(mean(probabilities.map((p) => (p - centre) ** 2))),
  };
}
