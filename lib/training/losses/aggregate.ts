import { sameShape } from "../../core/shapes";
import { tf } from "../../backend/tf";
import { inside, maskedMean } from "./masked-mean";

/** How the losses of tokens become one number; names as in verl's loss_agg_mode. */
export const aggregationModes = [
  "token-mean", // every token counts the same: DAPO, PPO
  "token-sum",
  "seq-mean-token-sum", // every sequence counts by its length
  "seq-mean-token-mean", // every sequence counts the same: GRPO as first published, GSPO
  "seq-mean-token-sum-norm", // divided by a constant length: Dr.GRPO
] as const;
/** How the losses of tokens become one loss, by the names of verl. */
export type AggregationMode = (typeof aggregationModes)[number];

/** What the divisors of a mean are counted over. */
export interface Totals {
  readonly tokens: number; // response tokens
  readonly sequences: number; // sequences with a response token or more
  readonly width?: number; // R of the whole: the longest response
}

/** How losses are aggregated. */
export interface Aggregation {
  readonly mode?: AggregationMode | undefined; // "token-mean" by default
  /**
   * Divisor of seq-mean-token-sum-norm, in tokens; the width R of the batch where it is absent (verl's
   * loss_scale_factor).
   */
  readonly horizon?: number | undefined;
  /**
   * Counts over the whole optimizer step, where `losses` is a micro-batch of it: the parts then add up to the whole.
   */
  readonly totals?: Totals | undefined;
}

/** Tokens and sequences of a mask, for the micro-batches that it is cut into. @param mask [B][R] */
export function totalsOf(mask: readonly (readonly number[])[]): Totals {
  const lengths = mask.map((row) => row.reduce((sum, one) => sum + one, 0));
  return {
    tokens: lengths.reduce((sum, length) => sum + length, 0),
    sequences: lengths.filter((length) => length > 0).length,
    width: Math.max(...mask.map((row) => row.length), 0),
  };
}

/**
 * One loss from the losses of tokens, as verl's agg_loss with dp_size 1. Sequences without a token inside the mask are
 * not counted. Nothing inside the mask gives 0.
 *
 *   token-mean                Σ_b Σ_t m·l / Σ_b Σ_t m
 *   token-sum                 Σ_b Σ_t m·l
 *   seq-mean-token-sum        (Σ_b Σ_t m·l) / B′,                     B′ = |{b: Σ_t m > 0}|
 *   seq-mean-token-mean       (Σ_b (Σ_t m·l / Σ_t m)) / B′
 *   seq-mean-token-sum-norm   (Σ_b Σ_t m·l) / (B′·horizon)
 *
 * @param losses [B, R]
 * @param mask [B, R] 1 on response tokens
 * @returns a scalar, owned by the caller
 */
export function aggregate(
  losses: tf.Tensor2D,
  mask: tf.Tensor2D,
  { mode = "token-mean", totals, horizon = totals?.width ?? losses.shape[1] }: Aggregation = {},
): tf.Scalar {
  sameShape("aggregate", "[B, R]", { losses, mask });
  return tf.tidy(() => {
    if (mode === "token-mean" && !totals) return maskedMean(losses, mask);
    const kept = inside(losses, mask);
    const lengths = tf.sum(mask, 1); // [B]
    const sequences = totals
      ? tf.scalar(Math.max(totals.sequences, 1))
      : tf.maximum(tf.sum(tf.cast(tf.greater(lengths, 0), "float32")), 1);
    const sums = {
      "token-mean": () => tf.div(tf.sum(kept), Math.max(totals?.tokens ?? 0, 1)),
      "token-sum": () => tf.sum(kept),
      "seq-mean-token-sum": () => tf.div(tf.sum(kept), sequences),
      "seq-mean-token-mean": () => tf.div(tf.sum(tf.div(tf.sum(kept, 1), tf.add(lengths, 1e-8))), sequences),
      "seq-mean-token-sum-norm": () => tf.div(tf.div(tf.sum(kept), sequences), horizon),
    } satisfies Readonly<Record<AggregationMode, () => tf.Tensor>>;
    return sums[mode]() as tf.Scalar;
  });
}
