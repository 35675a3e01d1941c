import { sameShape } from "../../core/shapes";
import { masked, mean, shapeOf, type Rows } from "../estimators/masked";
import { mismatchMetrics } from "./mismatch-metrics";

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

const mostNats = 20; // of a log-ratio before its exponential is taken: verl's safety bound

/**
 * Truncated importance sampling for a sampler that computes other probabilities than the trainer does, as verl's
 * compute_rollout_correction_weights (Yao et al. 2025).
 *
 *   w_bt = min(exp(log π_old − log π_rollout), C)
 *
 * A sampler of another precision or another engine makes training off policy. Bounded weights correct most of that
 * without the variance of plain importance sampling. Equal log-probabilities give weights of 1.
 *
 * The metrics are of the ratios before they are bounded, as in verl: `rollout_is_max` is the largest ratio, and
 * `rollout_is_ratio_fraction_high` is the share of tokens (or of sequences) whose ratio the bound cuts.
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
    row.map((d) => Math.exp(held(level === "token" ? d : perSequence[b]!, -mostNats, mostNats))),
  );
  const bounded = (w: number): number => (lower !== undefined && (w < lower || w > upper) ? 0 : Math.min(w, upper));
  const weights = raw.map((row, b) => row.map((w, t) => (mask[b]![t]! ? bounded(w) : 0)));
  const firstOf = (rows: Rows) => rows.flatMap((row, b) => masked([row], [mask[b]!]).slice(0, 1)); // one a sequence
  const each = (rows: Rows) => (level === "token" ? masked(rows, mask) : firstOf(rows));
  const centre = mean(each(weights));
  const scale = normalise && centre > 0 ? 1 / centre : 1;
  const ratios = masked(raw, mask);
  return {
    weights: scale === 1 ? weights : weights.map((row) => row.map((w) => w * scale)),
    metrics:
      ratios.length === 0
        ? {}
        : {
            ...weightMetrics(ratios, each(raw), upper),
            ...(lower !== undefined && {
              "rollout_corr/rollout_rs_masked_fraction": mean(masked(weights, mask).map((w) => Number(w === 0))),
            }),
            ...mismatchMetrics(oldLogps, rolloutLogps, mask),
          },
  };
}

/**
 * The spread of the ratios, over tokens. Its standard deviation and effective sample size are of ratios held within
 * [1/C, C]; the size is 1 where they are all equal.
 */
function weightMetrics(ratios: readonly number[], counted: readonly number[], upper: number): Record<string, number> {
  const within = ratios.map((w) => held(w, 1 / upper, upper));
  const centre = mean(within);
  const square = mean(within.map((w) => w * w));
  const shareOf = (cut: (w: number) => boolean) => mean(counted.map((w) => Number(cut(w))));
  return {
    "rollout_corr/rollout_is_mean": mean(ratios),
    "rollout_corr/rollout_is_min": ratios.reduce((a, b) => Math.min(a, b)),
    "rollout_corr/rollout_is_max": ratios.reduce((a, b) => Math.max(a, b)),
    "rollout_corr/rollout_is_std": Math.sqrt(Math.max(square - centre * centre, 0)),
    "rollout_corr/rollout_is_eff_sample_size": (centre * centre) / square,
    "rollout_corr/rollout_is_ratio_fraction_high": shareOf((w) => w > upper),
    "rollout_corr/rollout_is_ratio_fraction_low": shareOf((w) => w < 1 / upper),
  };
}

const held = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
