import { tf } from "../../backend/tf";
import type { Batch, Sequence } from "../../models/decoder/batch";
import type { Policy } from "../../models/policy";
import { microBatches } from "../loop/batches/micro-batches";

/** Measures sequences in micro-batches. Rows are padded to the longest response: [B][R]. */
export function rowsOfBatches(
  policy: Pick<Policy, "batch">,
  sequences: readonly Sequence[],
  microBatch: number,
  measureBatch: (batch: Batch) => tf.Tensor2D,
): number[][] {
  if (sequences.length === 0) return [];
  const longest = longestOf(sequences);
  return microBatches(policy, sequences, microBatch).flatMap(({ batch }) => {
    try {
      const matrix = tf.tidy(() => measureBatch(batch));
      const rows = matrix.arraySync(); // outside the tidy, which would look for tensors in every number
      matrix.dispose();
      return rows.map((row) => padded(row, longest));
    } finally {
      batch.dispose();
    }
  });
}

/** Tokens of the longest response. */
export const longestOf = (sequences: readonly Sequence[]): number =>
  sequences.reduce((longest, { response }) => Math.max(longest, response.length), 0);

/** A row of `length` numbers, 0 after its own. */
export const padded = (row: readonly number[], length: number): number[] => [
  ...row,
  ...Array<number>(length - row.length).fill(0),
];

/** log π of each response token under a policy, tempered: [B][R], nats. No gradient is recorded. */
export const logpsOf = (
  policy: Pick<Policy, "batch" | "tokenLogps">,
  sequences: readonly Sequence[],
  { microBatch, temperature }: { readonly microBatch: number; readonly temperature: number },
): number[][] =>
  rowsOfBatches(policy, sequences, microBatch, (batch) => {
    const { logps, entropy } = policy.tokenLogps(batch, temperature);
    entropy.dispose();
    return logps;
  });
