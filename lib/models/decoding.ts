import { tf } from "./backend/tf";
import type { DecoderConfig } from "./config";
import { causalMask, hiddenStates, logitsOf, nextHidden } from "./decoder";
import type { KVCache } from "./kv-cache";
import { paddingMask } from "./padding";
import type { RotaryTables } from "./rope";
import type { Weights } from "./weights";

/**
 * The two computations of generation, whoever carries them out. The caches are ordinary tensors, which the caller owns.
 *
 * Rows are padded at the left, so that all of them end at the same column. A token's rotary position is its column less
 * its row's padding: what a row's cache holds does not depend on the rows beside it, and rows may be joined, moved by
 * more padding, or taken out. Axes: B rows, P columns, V vocabulary, K key/value heads, D dimensions per head.
 */
export interface Decoding {
  /**
   * Reads prompts.
   *
   * @param ids [B][P] token ids, left-padded
   * @param padding [B] pad tokens of each row
   * @returns logits [B, V] of the last column, and one cache per layer, [B, K, P, D]; the caller owns all of them
   */
  prefill(ids: readonly (readonly number[])[], padding: readonly number[]): { logits: tf.Tensor2D; caches: KVCache[] };
  /**
   * Reads one new token a row.
   *
   * @param tokens [B]
   * @param position the column of that token: how many columns the caches have
   * @param padding [B]
   * @param caches one per layer; consumed: disposed of and replaced by longer ones
   * @returns logits [B, V]; the caller owns them
   */
  next(tokens: readonly number[], position: number, padding: readonly number[], caches: KVCache[]): tf.Tensor2D;
}

/** One operation after the other, as any backend can. Borrows all three. */
export const eagerDecoding = (weights: Weights, config: DecoderConfig, rope: RotaryTables): Decoding => ({
  prefill(ids, padding) {
    const [B, P] = [ids.length, ids[0]!.length];
    const { hidden_size: C, num_attention_heads: H, num_key_value_heads: K } = config;
    const caches: KVCache[] = [];
    const logits = tf.tidy(() => {
      const rotation = rope.rows(padding.map((pad) => -pad), P);
      const hidden = hiddenStates(weights, config, tf.tensor2d(ids.flat(), [B, P], "int32"), causalMask(padding, P, H / K), rope, { rotation, keep: (cache) => caches.push(cache) });
      return logitsOf(weights, tf.slice(hidden.reshape([B, P, C]), [0, P - 1, 0], [B, 1, C]).reshape([B, C]));
    });
    return { logits, caches };
  },
  next: (tokens, position, padding, caches) =>
    tf.tidy(() => {
      const rotation = rope.rows(padding.map((pad) => position - pad), 1);
      const mask = paddingMask(padding, position + 1);
      return logitsOf(weights, nextHidden(weights, config, tf.tensor1d([...tokens], "int32"), rotation, mask, caches));
    }),
});
