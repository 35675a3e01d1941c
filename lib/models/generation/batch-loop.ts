import { throwIfAborted } from "../../core/errors";
import { kernels } from "../../backend/kernels-in-use";
import { tf } from "../../backend/tf";
import { breathe } from "./event-loop";
import type { Decoding } from "./decoding/decoding";
import { joinRows, selectRows, type KVCache } from "../decoder/kv-cache";
import { promptReader, type PromptReader } from "./prompt-reader";
import type { Row } from "./ongoing-completion";
import type { SamplingSettings } from "./sampling-options";

/** Rows that are written together, and where they stand. */
interface Slate {
  rows: { row: Row; padding: number }[];
  caches: KVCache[]; // one per layer, maybe with room behind their columns
  columns: number; // that have been read
}

/** Writes all rows to their ends, yielding after every token those that got one. Stop iterating to stop writing. */
export async function* writeRows(
  decoding: Decoding,
  rows: readonly Row[],
  pad: number,
  settings: SamplingSettings & { readonly batch: number; readonly context?: number },
): AsyncGenerator<readonly Row[], void> {
  const { batch, signal, context = Infinity } = settings;
  const slate: Slate = { rows: [], caches: [], columns: 0 };
  const waiting = [...rows];
  const reader = promptReader(
    decoding,
    rows.map(({ prompt }) => prompt),
    pad,
  );
  try {
    for (;;) {
      throwIfAborted(signal, "generation");
      const going = slate.rows.filter(({ row }) => !row.ended);
      if (!going.length && !waiting.length) return;
      const places = batch - going.length;
      const refill = waiting.length > 0 && places >= batch / 3;
      if (refill || going.length <= (2 / 3) * slate.rows.length) keep(slate, going);
      const fresh = refill ? waiting.splice(0, places) : slate.rows.map(({ row }) => row);
      const logits = refill ? admit(slate, fresh, reader) : next(slate, decoding, context);
      await chooseTokens(logits, fresh, settings);
      yield fresh;
      await breathe();
    }
  } finally {
    tf.dispose(slate.caches);
    reader.dispose();
    decoding.dispose?.();
  }
}

/** Reduces the slate to some of its rows, and cuts off the columns that are padding in all of them. */
function keep(slate: Slate, going: Slate["rows"]): void {
  if (going.length === slate.rows.length) return;
  const spare = Math.min(...going.map(({ padding }) => padding));
  if (going.length === 0) {
    tf.dispose(slate.caches.splice(0));
    slate.columns = 0;
  } else {
    const places = tf.tensor1d(
      going.map((entry) => slate.rows.indexOf(entry)),
      "int32",
    );
    for (const [l, cache] of slate.caches.entries()) slate.caches[l] = selectRows(cache, places, spare, slate.columns);
    places.dispose();
    slate.columns -= spare;
  }
  slate.rows = going.map(({ row, padding }) => ({ row, padding: padding - spare }));
}

/** Adds rows to the slate. Returns the logits [B, V] of their first tokens; the caller owns them. */
function admit(slate: Slate, fresh: readonly Row[], reader: PromptReader): tf.Tensor2D {
  const { logits, caches, padding, columns: read } = reader.read(fresh.map(({ prompt }) => prompt));
  for (const [l, cache] of caches.entries())
    slate.caches[l] = slate.rows.length ? joinRows(slate.caches[l]!, cache, slate.columns, read) : cache;
  const columns = Math.max(slate.columns, read);
  const old = slate.rows.map(({ row, padding }) => ({ row, padding: padding + columns - slate.columns }));
  slate.rows = [...old, ...fresh.map((row, i) => ({ row, padding: padding[i]! + columns - read }))];
  slate.columns = columns;
  return logits;
}

/**
 * Logits [B, V] after the newest token of each row; the caller owns them. A row that has ended repeats its end, as long as
 * others go on: beyond the model's context it forgets its first columns, so that its position stays one that the model has.
 */
function next(slate: Slate, decoding: Decoding, context: number): tf.Tensor2D {
  const { rows, caches } = slate;
  const position = slate.columns++;
  return decoding.next(
    rows.map(({ row }) => row.tokens.at(-1)!),
    position,
    rows.map(({ row, padding }) => (row.ended ? Math.max(padding, position + 1 - context) : padding)),
    caches,
  );
}

/** Gives each row that goes on its next token, and that token's log-probability. Takes ownership of `logits` [B, V]. */
async function chooseTokens(logits: tf.Tensor2D, rows: readonly Row[], settings: SamplingSettings): Promise<void> {
  const V = logits.shape[1];
  const mask = settings.grammar && new Float32Array(rows.length * V);
  if (mask) rows.forEach((row, i) => row.mask?.(mask.subarray(i * V, (i + 1) * V)));
  try {
    const { tokens, logps } = await kernels().chooseTokens(logits, {
      ...settings,
      mask,
      seen: rows.map(({ seen }) => seen),
      uniforms: rows.map((row) => (settings.temperature > 0 && !row.ended ? row.uniform() : 0)),
      wanted: rows.map(({ ended }) => !ended),
    });
    for (const [i, row] of rows.entries()) if (!row.ended) take(row, tokens[i]!, logps[i]!);
  } finally {
    logits.dispose();
  }
}

function take(row: Row, token: number, logp: number): void {
  if (Number.isNaN(logp))
    throw new RangeError(
      "generate: the model's logits are no numbers. Its weights hold NaN or have grown too large: take an earlier checkpoint.",
    );
  row.take(token, logp);
}
