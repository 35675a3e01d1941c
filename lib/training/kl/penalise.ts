import { sameShape } from "../../core/shapes";
import { mean, shapeOf, type Rows } from "../estimators/masked";

/** k1 estimate of KL(π‖π_ref) at each token: log π − log π_ref, nats (Schulman 2020). verl's kl_penalty="kl". */
export const k1 = (logps: Rows, reference: Rows): number[][] =>
  logps.map((row, b) => row.map((logp, t) => logp - reference[b]![t]!));

/** Rewards with the price of leaving the reference policy in them, [B][R], and that divergence in nats. */
export interface PenalisedRewards {
  readonly rewards: readonly number[][];
  readonly kl: number; // mean over sequences of the mean over their tokens, nats a token
}

/**
 * r_t = score_t − β·(log π − log π_ref), as verl's apply_kl_penalty.
 *
 * @param scores one per sequence: it is paid on the last response token
 */
export function penalise(
  { scores, logps, reference, mask }: { scores: readonly number[] } & Record<"logps" | "reference" | "mask", Rows>,
  beta: number,
): PenalisedRewards {
  sameShape("penalise", "[B, R]", { logps: shapeOf(logps), reference: shapeOf(reference), mask: shapeOf(mask) });
  const divergence = k1(logps, reference).map((row, b) => row.map((kl, t) => (mask[b]![t]! ? kl : 0)));
  const rewards = divergence.map((row, b) => {
    const last = mask[b]!.lastIndexOf(1);
    return row.map((kl, t) => (t === last ? scores[b]! : 0) - beta * kl);
  });
  const perSequence = divergence.map(
    (row, b) => row.reduce((sum, kl) => sum + kl, 0) / (mask[b]!.reduce((sum, m) => sum + m, 0) + 1e-8),
  );
  return { rewards, kl: mean(perSequence) };
}
