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

/** The least number of columns that a full cache is extended by. A longer cache is extended by a quarter. */
const leastRoom = 32;

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
  /** Reads ids [B·T] into the caches from `column` and `row` on; logits [B, V] of each row's last. */
  const read = (
    ids: Int32Array,
    padding: readonly number[],
    column: number,
    row: number,
    caches: readonly KVCache[],
  ): tf.Tensor2D => {
    const T = ids.length / padding.length;
    Object.assign(inputs, rope.first(column + T - Math.min(...padding)), {
      ids,
      place: Int32Array.of(column, row),
      padding: Int32Array.from(padding),
      last: Int32Array.from(padding, (_, b) => (b + 1) * T - 1),
    });
    Object.assign(inputs, ids.length >= step.packing.fewestTokens ? packing.current() : unpacked);
    for (const [l, { keys, values }] of caches.entries())
      (inputs[`keys.${l}`] = keys), (inputs[`values.${l}`] = values);
    return step.run(program, inputs, settings);
  };
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
      for (const [l, cache] of caches.entries()) caches[l] = withRoom(cache, position, position + 1);
      return read(Int32Array.from(tokens), padding, position, 0, caches);
    },
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
