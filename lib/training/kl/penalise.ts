import { sameShape } from "../../core/shapes";
import { mean, shapeOf, type Rows } from "../estimators/masked";
import { klOf, verlBounds, type KLBounds, type KLKind } from "./kinds";

/** k1 estimate of KL(π‖π_ref) at each token: log π − log π_ref, nats (Schulman 2020). verl's kl_penalty="kl". */
export const k1 = (logps: Rows, reference: Rows): number[][] => klOf("k1", logps, reference);

/** Rewards with the price of leaving the reference policy in them, [B][R], and that divergence in nats. */
interface PenalisedRewards {
  readonly rewards: readonly number[][];
  readonly kl: number; // mean over sequences of the mean over their tokens, nats a token
}

/** Where each score is paid and what is taken off. */
interface PenaliseInput extends Record<"logps" | "reference" | "mask", Rows> {
  readonly scores: readonly number[];
}

/**
 * r_t = score_t − β·KL_t, as verl's apply_kl_penalty.
 *
 * A sequence without a token inside the mask is paid nothing, and counts as a divergence of 0.
 *
 * @param scores one per sequence: it is paid on the last response token
 * @param beta β, reward per nat
 * @param kind the estimator of KL_t; k1 = log π − log π_ref by default
 */
export function penalise(
  { scores, logps, reference, mask }: PenaliseInput,
  beta: number,
  kind: KLKind = "k1",
  bounds: KLBounds = verlBounds,
): PenalisedRewards {
  sameShape("penalise", "[B, R]", { logps: shapeOf(logps), reference: shapeOf(reference), mask: shapeOf(mask) });
  const estimates = klOf(kind, logps, reference, bounds);
  const divergence = estimates.map((row, b) => row.map((kl, t) => (mask[b]![t]! ? kl : 0)));
  const rewards = divergence.map((row, b) => {
    const last = mask[b]!.lastIndexOf(1);
    return row.map((kl, t) => (t === last ? scores[b]! : 0) - beta * kl);
  });
  const perSequence = divergence.map(
    (row, b) => row.reduce((sum, kl) => sum + kl, 0) / (mask[b]!.reduce((sum, m) => sum + m, 0) + 1e-8),
  );
  return { rewards, kl: mean(perSequence) };
}
