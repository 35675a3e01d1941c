import { isHalf } from "../../../backend/bfloat16";
import type { DecodeStep } from "../../../backend/decode-step";
import { kernels } from "../../../backend/kernels-in-use";
import { tf } from "../../../backend/tf";
import type { Network } from "../../decoder/decoder-record";
import { decoderProgram } from "./decoder-program";
import { eagerDecoding, type Decoding } from "./decoding";
import { changed, type KVCache } from "../../decoder/kv-cache";
import { scaleOf } from "../../decoder/lora-config";
import type { Projection } from "../../decoder/low-rank";
import { beginnings } from "./beginnings";
import { packedWeights } from "./packed-weights";
import { namedTensors, type Layer } from "../../decoder/weights";

/**
 * Decoding by a compiled program if the backend can run it, else by one operation after the other. Borrows weights and
 * tables.
 *
 * @param columns the expected maximum of columns of a row: caches get room for as many
 */
export function decodingOf(network: Network, columns = 0): Decoding {
  const { decodeStep } = kernels();
  return decodeStep ? programDecoding(decodeStep, network, columns) : eagerDecoding(network);
}

const bytesOf = (caches: readonly KVCache[]): number =>
  caches.reduce((sum, { keys, values }) => sum + 4 * (keys.size + values.size), 0);

/** The least number of columns that a full cache is extended by. A longer cache is extended by a quarter. */
const leastRoom = 32;

/** The most tokens of a row that are drawn before somebody looks whether it has ended. */
const mostAhead = 8;

/**
 * The bytes of weights and caches that are read for so many tokens at most: a card of 320 GB/s reads them in 50 ms,
 * which an interrupt, or a request that waits for a place, then waits at most. The number of tokens must not depend on
 * how long the last ones took: the rows that are computed together would, and so would the rounding of their logits.
 */
const bytesAhead = 16e9;

/**
 * Decoding by a program that is one operation. Caches have room for more tokens than they hold, so that a step writes
 * the newest token only. Prompts are read some rows at a time, and long ones in parts.
 */
export function programDecoding(step: DecodeStep, network: Network, columns = 0): Decoding {
  const { weights, config, rope } = network;
  const { tokensAtOnce } = step;
  const { adapter } = weights;
  const { num_attention_heads: heads, num_key_value_heads: K, head_dim: D, rms_norm_eps: epsilon } = config;
  const packing = packedWeights(step.packing, network);
  const program = decoderProgram(config, {
    packed: packing.names,
    layer: Object.keys(weights.layers[0] ?? {}) as (keyof Layer)[],
    half: namedTensors(weights).flatMap(([name, tensor]) => (isHalf(tensor) ? name : [])),
    adapted: Object.keys(adapter?.layers[0] ?? {}) as Projection[],
    rank: Math.max(0, ...Object.values(adapter?.layers[0] ?? {}).map(({ a }) => a.shape[1])),
  });
  const settings = {
    heads,
    epsilon,
    scale: adapter ? scaleOf(adapter.lora) : 1,
  };
  const factors = (adapter?.layers ?? []).flatMap((layer, l) =>
    Object.entries(layer).flatMap(
      ([name, { a, b }]) =>
        [
          [`layers.${l}.${name}.a`, a],
          [`layers.${l}.${name}.b`, b],
        ] as const,
    ),
  );
  const unpacked = Object.fromEntries(packing.names.map((name) => [`${name}.packed`, new Float32Array(0)]));
  const inputs: Record<string, tf.Tensor | Int32Array | Float32Array> = Object.fromEntries([
    ...namedTensors(weights),
    ...factors,
  ]); // each run reads the current values of variables
  /** Inputs that read ids [B·T] into the caches from `column` and `row` on; `behind` tokens of each row follow. */
  const inputsOf = (
    ids: Int32Array,
    padding: readonly number[],
    column: number,
    row: number,
    caches: readonly KVCache[],
    behind = 0,
  ): typeof inputs => {
    const T = ids.length / padding.length;
    Object.assign(inputs, rope.first(column + T + behind - Math.min(...padding)), {
      ids,
      place: Int32Array.of(column, row),
      padding: Int32Array.from(padding),
      last: Int32Array.from(padding, (_, b) => (b + 1) * T - 1),
    });
    Object.assign(inputs, ids.length >= step.packing.fewestTokens ? packing.current() : unpacked);
    for (const [l, { keys, values }] of caches.entries())
      (inputs[`keys.${l}`] = keys), (inputs[`values.${l}`] = values);
    return inputs;
  };
  /** Logits [B, V] of each row's last id. */
  const read = (...reading: Parameters<typeof inputsOf>): tf.Tensor2D =>
    step.run(program, inputsOf(...reading), settings);
  /**
   * Returns the cache with room for `least` columns or more. A cache that is extended keeps its first `kept` columns.
   * Takes ownership of `cache`.
   */
  const withRoom = (cache: KVCache, kept: number, least: number): KVCache => {
    if (cache.keys.shape[2] >= least) return cache;
    const room = Math.max(columns, kept && least + Math.max(leastRoom, Math.ceil(kept / 4)));
    return changed(cache, (tensor) => step.withCapacity(tensor, kept, Math.max(least, room)));
  };
  const { place, beginningOf } = beginnings(step, config);
  const makeRoom = (caches: KVCache[], position: number, tokens: number): void => {
    for (const [l, cache] of caches.entries()) caches[l] = withRoom(cache, position, position + tokens);
  };
  const weightBytes = 4 * [...namedTensors(weights), ...factors].reduce((sum, [, { size }]) => sum + size, 0);
  return {
    prefill(ids, padding, earlier = []) {
      const [B, P] = [ids.length, ids[0]!.length];
      const empty = (): tf.Tensor4D => tf.zeros([B, K, 0, D]);
      const before = earlier[0]?.keys.shape[2] ?? 0;
      const caches = Array.from({ length: config.num_hidden_layers }, (_, l) =>
        withRoom(earlier[l] ?? { keys: empty(), values: empty() }, before, before + P),
      );
      const rows = Math.max(1, Math.floor(tokensAtOnce / P));
      const logits: tf.Tensor2D[] = [];
      for (let row = 0; row < B; row += rows) {
        const some = ids.slice(row, row + rows);
        // a single row needs no pad tokens
        const start = some.length === 1 ? Math.max(0, padding[row]! - before) : 0;
        for (let from = start; from < P; from += tokensAtOnce) {
          const stretch = some.flatMap((each) => each.slice(from, from + tokensAtOnce));
          const made = read(Int32Array.from(stretch), padding.slice(row, row + rows), before + from, row, caches);
          if (from + tokensAtOnce < P) made.dispose();
          else logits.push(made);
        }
      }
      const all = logits.length === 1 ? logits[0]! : tf.concat(logits, 0);
      if (logits.length > 1) tf.dispose(logits);
      return { logits: all, caches };
    },
    next(tokens, position, padding, caches) {
      makeRoom(caches, position, 1);
      return read(Int32Array.from(tokens), padding, position, 0, caches);
    },
    ...(step.draw && {
      ahead: {
        most: (caches) => Math.max(1, Math.min(mostAhead, Math.floor(bytesAhead / (weightBytes + bytesOf(caches))))),
        draw(tokens, position, padding, caches, draws) {
          makeRoom(caches, position, draws.steps);
          const reading = inputsOf(Int32Array.from(tokens), padding, position, 0, caches, draws.steps - 1);
          return step.draw!(program, reading, settings, draws);
        },
      },
    }),
    dispose: () => packing.dispose(),
    inPlace: {
      read(prompt, row, position, caches, beginning) {
        const padding = [position - prompt.length];
        if (beginning) place(beginning, padding[0]!, row, caches);
        for (let from = beginning?.length ?? 0; ; from += tokensAtOnce) {
          const stretch = Int32Array.from(prompt.slice(from, from + tokensAtOnce));
          const logits = read(stretch, padding, padding[0]! + from, row, caches);
          if (from + tokensAtOnce >= prompt.length) return logits;
          logits.dispose();
        }
      },
      beginningOf,
      withCapacity: step.withCapacity,
    },
  };
}
