import { throwIfAborted } from "../../core/errors";
import type { DrawnTokens } from "../../backend/choose-tokens";
import { kernels } from "../../backend/kernels-in-use";
import { tf } from "../../backend/tf";
import { yieldToEventLoop } from "./event-loop";
import type { Decoding } from "./decoding/decoding";
import { joinRows, selectRows, type KVCache } from "../decoder/kv-cache";
import { promptReader, type PromptReader } from "./prompt-reader";
import type { OngoingCompletion } from "./ongoing-completion";
import type { SamplingSettings } from "./sampling-options";
import { drawsOf, stepsAhead } from "./tokens-ahead";

/** The completions that are generated together; each is one row of the tensors. */
interface ActiveBatch {
  rows: { row: OngoingCompletion; padding: number }[];
  caches: KVCache[]; // one per layer; a cache may have room behind its columns
  columns: number; // columns that have been read
}

/**
 * Generates all completions to their ends. Yields after every token the completions that received one, also where
 * several tokens of each are drawn at a time: what follows a row's end is thrown away. A caller that stops iterating
 * ends the generation. Borrows the rows; disposes of the decoding and of all caches at the end.
 */
export async function* generateTokens(
  decoding: Decoding,
  rows: readonly OngoingCompletion[],
  pad: number,
  settings: SamplingSettings & { readonly batch: number; readonly context?: number },
): AsyncGenerator<readonly OngoingCompletion[], void> {
  const { batch, signal, context = Infinity } = settings;
  const active: ActiveBatch = { rows: [], caches: [], columns: 0 };
  const waiting = [...rows];
  const reader = promptReader(
    decoding,
    rows.map(({ prompt }) => prompt),
    pad,
  );
  try {
    for (;;) {
      throwIfAborted(signal, "generation");
      const going = active.rows.filter(({ row }) => !row.ended);
      if (!going.length && !waiting.length) return;
      const places = batch - going.length;
      const refill = waiting.length > 0 && places >= batch / 3;
      if (refill || going.length <= (2 / 3) * active.rows.length) retain(active, going);
      const fresh = refill ? waiting.splice(0, places) : active.rows.map(({ row }) => row);
      const steps = refill || settings.grammar ? 0 : stepsAhead(mostAhead(active, decoding), fresh, settings, context);
      if (steps > 0) {
        const drawn = drawNewest(active, decoding, settings, steps, context);
        for (let t = 0; t < steps && fresh.some(({ ended }) => !ended); t++) {
          throwIfAborted(signal, "generation");
          takeAll(fresh, drawn, t);
          yield fresh;
        }
      } else {
        const logits = refill ? admit(active, fresh, reader) : readNewest(active, decoding, context);
        await chooseTokens(logits, fresh, settings);
        yield fresh;
      }
      await yieldToEventLoop();
    }
  } finally {
    tf.dispose(active.caches);
    reader.dispose();
    decoding.dispose?.();
  }
}

/** Keeps only the rows `going` of the active batch, and cuts off the columns that are padding in all of them. */
function retain(active: ActiveBatch, going: ActiveBatch["rows"]): void {
  if (going.length === active.rows.length) return;
  const spare = Math.min(...going.map(({ padding }) => padding));
  if (going.length === 0) {
    tf.dispose(active.caches.splice(0));
    active.columns = 0;
  } else {
    const places = tf.tensor1d(
      going.map((entry) => active.rows.indexOf(entry)),
      "int32",
    );
    for (const [l, cache] of active.caches.entries())
      active.caches[l] = selectRows(cache, places, spare, active.columns);
    places.dispose();
    active.columns -= spare;
  }
  active.rows = going.map(({ row, padding }) => ({ row, padding: padding - spare }));
}

/** Adds rows to the active batch. Returns the logits [B, V] of their first tokens; the caller owns them. */
function admit(active: ActiveBatch, fresh: readonly OngoingCompletion[], reader: PromptReader): tf.Tensor2D {
  const { logits, caches, padding, columns: read } = reader.read(fresh.map(({ prompt }) => prompt));
  for (const [l, cache] of caches.entries())
    active.caches[l] = active.rows.length ? joinRows(active.caches[l]!, cache, active.columns, read) : cache;
  const columns = Math.max(active.columns, read);
  const old = active.rows.map(({ row, padding }) => ({ row, padding: padding + columns - active.columns }));
  active.rows = [...old, ...fresh.map((row, i) => ({ row, padding: padding[i]! + columns - read }))];
  active.columns = columns;
  return logits;
}

/** Logits [B, V] after the newest token of each row; the caller owns them. */
function readNewest(active: ActiveBatch, decoding: Decoding, context: number): tf.Tensor2D {
  return decoding.next(...newest(active, 1, context));
}

/** The most tokens that the decoding draws at a time, 0 where it draws none. */
const mostAhead = ({ caches }: ActiveBatch, { ahead }: Decoding): number => ahead?.most(caches) ?? 0;

/** The next tokens of each row, drawn one after the other. */
function drawNewest(
  active: ActiveBatch,
  decoding: Decoding,
  settings: SamplingSettings,
  steps: number,
  context: number,
): DrawnTokens {
  const draws = drawsOf(
    active.rows.map(({ row }) => row),
    settings,
    steps,
  );
  return decoding.ahead!.draw(...newest(active, steps, context), draws);
}

/**
 * The newest token of each row, its column, the padding and the caches, from which `steps` columns are read. A row that
 * has ended reads its last token again while other rows go on. Beyond the model's context its first columns count as
 * padding, so that its position stays within the context.
 */
function newest(active: ActiveBatch, steps: number, context: number): Parameters<Decoding["next"]> {
  const { rows, caches, columns: position } = active;
  active.columns += steps;
  return [
    rows.map(({ row }) => row.tokens.at(-1)!),
    position,
    rows.map(({ row, padding }) => (row.ended ? Math.max(padding, position + steps - context) : padding)),
    caches,
  ];
}

/**
 * Chooses the next token of each row that has not ended, and its log-probability. Takes ownership of `logits` [B, V].
 */
async function chooseTokens(
  logits: tf.Tensor2D,
  rows: readonly OngoingCompletion[],
  settings: SamplingSettings,
): Promise<void> {
  const V = logits.shape[1];
  const mask = settings.grammar && new Float32Array(rows.length * V);
  if (mask) rows.forEach((row, i) => row.mask?.(mask.subarray(i * V, (i + 1) * V)));
  try {
    const choice = await kernels().chooseTokens(logits, {
      ...settings,
      mask,
      seen: rows.map(({ seen }) => seen),
      uniforms: rows.map((row) => (settings.temperature > 0 && !row.ended ? row.uniform() : 0)),
      wanted: rows.map(({ ended }) => !ended),
    });
    takeAll(rows, choice, 0);
  } finally {
    logits.dispose();
  }
}

/** Gives each row that has not ended its token of step `t`. */
function takeAll(rows: readonly OngoingCompletion[], { tokens, logps }: DrawnTokens, t: number): void {
  for (const [b, row] of rows.entries())
    if (!row.ended) take(row, tokens[t * rows.length + b]!, logps[t * rows.length + b]!);
}

function take(row: OngoingCompletion, token: number, logp: number): void {
  if (Number.isNaN(logp))
    throw new RangeError(
      "generate: the model's logits are no numbers. Its weights hold NaN or have grown too large: take an earlier " +
        "checkpoint.",
    );
  row.take(token, logp);
}
