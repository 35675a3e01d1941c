import { sameShape } from "../../core/shapes";
import { masked, mean, shapeOf, type Rows } from "../estimators/masked";

/** How the mismatch between the sampler and the policy is corrected. */
interface ImportanceOptions {
  /** A weight for each token, or the product of a sequence's ratios for all its tokens */
  readonly level?: "token" | "sequence";
  readonly upper?: number; // C: weights above it are held at it; 2 by default
  /** With a lower bound, weights outside [lower, upper] become 0 and their tokens teach nothing (IcePop). */
  readonly lower?: number;
  readonly normalise?: boolean; // divides by the mean weight of the batch: over tokens, or over sequences at that level
}

/** Weights for a policy loss, and how far the two log-probabilities are apart. */
interface ImportanceWeights {
  readonly weights: readonly number[][]; // [B][R], 0 outside the mask
  readonly metrics: Readonly<Record<string, number>>; // rollout_corr/*, verl's names
}

/**
 * Truncated importance sampling for a sampler that computes other probabilities than the trainer does, as verl's
 * compute_rollout_correction_weights (Yao et al. 2025).
 *
 *   w_bt = min(exp(log π_old − log π_rollout), C)
 *
 * A sampler of another precision or another engine makes training off policy. Bounded weights correct most of that
 * without the variance of plain importance sampling. Equal log-probabilities give weights of 1.
 *
 * @param oldLogps [B][R] of the sampled tokens under the trainer's weights, nats
 * @param rolloutLogps [B][R] the same as the sampler reported them
 * @param mask [B][R] 1 on response tokens
 */
export function importanceWeights(
  { oldLogps, rolloutLogps, mask }: Record<"oldLogps" | "rolloutLogps" | "mask", Rows>,
  { level = "token", upper = 2, lower, normalise = false }: ImportanceOptions = {},
): ImportanceWeights {
  sameShape("importanceWeights", "[B, R]", {
    oldLogps: shapeOf(oldLogps),
    rolloutLogps: shapeOf(rolloutLogps),
    mask: shapeOf(mask),
  });
  const differences = oldLogps.map((row, b) => row.map((logp, t) => (mask[b]![t]! ? logp - rolloutLogps[b]![t]! : 0)));
  const perSequence = differences.map((row) => row.reduce((sum, d) => sum + d, 0));
  const raw = differences.map((row, b) =>
    row.map((d) => Math.exp(Math.min(Math.max(level === "token" ? d : perSequence[b]!, -20), 20))),
  );
  const bounded = (w: number): number => (lower !== undefined && (w < lower || w > upper) ? 0 : Math.min(w, upper));
  const weights = raw.map((row, b) => row.map((w, t) => (mask[b]![t]! ? bounded(w) : 0)));
  const inside = masked(weights, mask);
  const ofSequences = weights.flatMap((row, b) => masked([row], [mask[b]!]).slice(0, 1)); // a sequence has one weight
  const centre = mean(level === "token" ? inside : ofSequences);
  const scale = normalise && centre > 0 ? 1 / centre : 1;
  return {
    weights: scale === 1 ? weights : weights.map((row) => row.map((w) => w * scale)),
    metrics: inside.length === 0 ? {} : { ...weightMetrics(inside), ...divergence(masked(differences, mask)) },
  };
}

/** The spread of the weights; the effective sample size is 1 where they are all equal. */
function weightMetrics(weights: readonly number[]): Record<string, number> {
  const centre = mean(weights);
  const square = mean(weights.map((w) => w * w));
  return {
    "rollout_corr/rollout_is_mean": centre,
    "rollout_corr/rollout_is_min": weights.reduce((a, b) => Math.min(a, b)),
    "rollout_corr/rollout_is_max": weights.reduce((a, b) => Math.max(a, b)),
    "rollout_corr/rollout_is_std": Math.sqrt(Math.max(square - centre * centre, 0)),
    "rollout_corr/rollout_is_eff_sample_size": square > 0 ? (centre * centre) / square : 0,
  };
}

/** KL(π_rollout‖π_old) by its k1 and k3 estimates, from d = log π_old − log π_rollout. */
const divergence = (differences: readonly number[]): Record<string, number> => ({
  "rollout_corr/kl": mean(differences.map((d) => -d)),
  "rollout_corr/k3_kl": mean(differences.map((d) => Math.exp(d) - d - 1)),
});
