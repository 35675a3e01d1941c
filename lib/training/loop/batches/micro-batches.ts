import type { Batch, Sequence } from "../../../models/decoder/batch";
import type { Policy } from "../../../models/policy";
import type { Rows } from "../../estimators/masked";
import { tf } from "../../../backend/tf";

/** A part of the sequences of one optimizer step that fits into memory at once. */
export interface MicroBatch {
  readonly batch: Batch;
  readonly share: number; // of the response tokens of the whole step: means over tokens are added up with it
  /** [B, R] of rows that belong to the sequences of the whole step. The caller owns it. */
  rows(whole: Rows): tf.Tensor2D;
}

/** Cuts sequences into batches of at most `size`; 0 is all at once. The caller disposes of each `batch`. */
export function microBatches(
  policy: Pick<Policy, "batch">,
  sequences: readonly Sequence[],
  size: number,
): MicroBatch[] {
  const tokens = (some: readonly Sequence[]): number => some.reduce((sum, { response }) => sum + response.length, 0);
  const step = size || sequences.length;
  return Array.from({ length: Math.ceil(sequences.length / step) }, (_, i) => {
    const own = sequences.slice(i * step, (i + 1) * step);
    const batch = policy.batch(own);
    const R = batch.responseLength;
    const rows = (whole: Rows) =>
      tf.tensor2d(
        whole.slice(i * step, i * step + own.length).flatMap((row) => row.slice(0, R)),
        [own.length, R],
      );
    return { batch, share: tokens(own) / tokens(sequences), rows };
  });
}
