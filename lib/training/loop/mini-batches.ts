import { tf } from "../../backend/tf";
import type { Sequence } from "../../models/decoder/batch";
import { breathe } from "../../models/generation/event-loop";
import type { Policy } from "../../models/policy";
import type { Rows } from "../estimators/masked";
import { microBatches, type MicroBatch } from "./micro-batches";

/** Notes scalars of a micro-batch, which it takes over: their means over the mini-batch are logged. */
export type Log = (share: number, scalars: Readonly<Record<string, tf.Scalar>>) => void;

/** Runs `update` on consecutive mini-batches, each in micro-batches, `passes` times over. Resolves to what each returned and logged. */
export async function eachMiniBatch(
  policy: Policy,
  rollouts: readonly Sequence[],
  { miniBatch: size, microBatch }: { readonly miniBatch: number; readonly microBatch: number },
  passes: number,
  update: (parts: readonly MicroBatch[], log: Log) => Record<string, number>,
): Promise<Record<string, number>[]> {
  const logs: Record<string, number>[] = [];
  for (let pass = 0; pass < passes; pass++) {
    for (let from = 0; from < rollouts.length; from += size) {
      const parts = microBatches(policy, rollouts.slice(from, from + size), microBatch).map((part) => ({
        ...part,
        rows: (whole: Rows) => part.rows(whole.slice(from)),
      }));
      const noted: { share: number; name: string; scalar: tf.Scalar }[] = [];
      const log: Log = (share, scalars) =>
        Object.entries(scalars).forEach(([name, scalar]) => noted.push({ share, name, scalar: tf.keep(scalar) }));
      try {
        const figures = update(parts, log);
        home(noted.map(({ scalar }) => scalar)).forEach(
          (value, i) => (figures[noted[i]!.name] = (figures[noted[i]!.name] ?? 0) + noted[i]!.share * value),
        );
        logs.push(figures);
      } finally {
        tf.dispose(noted.map(({ scalar }) => scalar));
        parts.forEach(({ batch }) => batch.dispose());
      }
      await breathe();
    }
  }
  return logs;
}

/** Reads scalars in one transfer. */
function home(scalars: tf.Scalar[]): number[] {
  const stacked = tf.tidy(() => tf.stack(scalars));
  const numbers = Array.from(stacked.dataSync());
  stacked.dispose();
  return numbers;
}
