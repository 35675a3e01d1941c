import { tf } from "../../../backend/tf";
import type { Sequence } from "../../../models/decoder/batch";
import { yieldToEventLoop } from "../../../models/generation/event-loop";
import type { Policy } from "../../../models/policy";
import type { Rows } from "../../estimators/masked";
import { totalsOf, type Totals } from "../../losses/aggregate";
import { microBatches, type MicroBatch } from "./micro-batches";

/**
 * Logs scalars of a micro-batch and takes ownership of them. Their sums, weighted by `share`, are figures of the
 * mini-batch.
 */
export type Log = (share: number, scalars: Readonly<Record<string, tf.Scalar>>) => void;

/** One mini-batch: its micro-batches, and the divisors of means over all of it. */
interface MiniBatch {
  readonly parts: readonly MicroBatch[];
  readonly totals: Totals;
}

/** Sizes of mini-batches and micro-batches. */
interface MiniBatchSizes {
  readonly miniBatch: number; // responses
  readonly microBatch: number; // responses; 0 is the whole mini-batch
}

/**
 * Runs `update` on consecutive mini-batches, each in micro-batches, `passes` times over. Resolves to the figures that
 * each update returned and logged.
 */
export async function eachMiniBatch(
  policy: Policy,
  rollouts: readonly Sequence[],
  { miniBatch: size, microBatch }: MiniBatchSizes,
  passes: number,
  update: (batch: MiniBatch, log: Log) => Record<string, number>,
): Promise<Record<string, number>[]> {
  const logs: Record<string, number>[] = [];
  for (let pass = 0; pass < passes; pass++) {
    for (let from = 0; from < rollouts.length; from += size) {
      const own = rollouts.slice(from, from + size);
      const totals = totalsOf(own.map(({ response }) => response.map(() => 1)));
      const parts = microBatches(policy, own, microBatch).map((part) => ({
        ...part,
        rows: (whole: Rows) => part.rows(whole.slice(from)),
      }));
      try {
        logs.push(withLog((log) => update({ parts, totals }, log)));
      } finally {
        parts.forEach(({ batch }) => batch.dispose());
      }
      await yieldToEventLoop();
    }
  }
  return logs;
}

/** The figures that `work` returns, and those that it logs. */
export function withLog(work: (log: Log) => Record<string, number>): Record<string, number> {
  const noted: { share: number; name: string; scalar: tf.Scalar }[] = [];
  try {
    const figures = work((share, scalars) =>
      Object.entries(scalars).forEach(([name, scalar]) => noted.push({ share, name, scalar: tf.keep(scalar) })),
    );
    for (const [i, value] of readTogether(noted.map(({ scalar }) => scalar)).entries()) {
      const { name, share } = noted[i]!;
      figures[name] = (figures[name] ?? 0) + share * value;
    }
    return figures;
  } finally {
    tf.dispose(noted.map(({ scalar }) => scalar));
  }
}

/** Reads scalars in one transfer. */
function readTogether(scalars: tf.Scalar[]): number[] {
  const stacked = tf.tidy(() => tf.stack(scalars));
  const numbers = Array.from(stacked.dataSync());
  stacked.dispose();
  return numbers;
}
