import type { DrawnTokens, TokenDraws } from "../../../backend/choose-tokens";
import { tf } from "../../../backend/tf";
import type { Network } from "../../decoder/decoder-record";
import { hiddenStates, logitsOf, nextHidden } from "../../decoder/decoder";
import { append, copy, type KVCache } from "../../decoder/kv-cache";
import { paddingMask } from "../../decoder/padding";

/**
 * The two computations of generation: reading prompts and reading one new token. The caches are ordinary tensors, which
 * the caller owns.
 *
 * Rows are padded at the left, so that all of them end at the same column. A token's rotary position is its column
 * minus its row's padding. The cache of a row therefore does not depend on the rows beside it, and rows can be joined,
 * padded further, or removed. Axes: B rows, P columns, V vocabulary, K key/value heads, D dimensions per head.
 */
export interface Decoding {
  /**
   * Reads prompts, or the continuation of columns that have been read.
   *
   * @param ids [B][P] token ids, left-padded
   * @param padding [B] pad tokens of each row, those among the earlier columns included
   * @param caches of exactly the earlier columns, one per layer; consumed
   * @returns logits [B, V] of the last column, and one cache per layer, [B, K, earlier + P, D], maybe with room for
   *   later tokens behind; the caller owns all of them
   */
  prefill(
    ids: readonly (readonly number[])[],
    padding: readonly number[],
    caches?: readonly KVCache[],
  ): { logits: tf.Tensor2D; caches: KVCache[] };
  /**
   * Reads one new token in each row.
   *
   * @param tokens [B]
   * @param position the column of that token, which equals the number of columns read so far
   * @param padding [B]
   * @param caches one per layer; consumed: disposed of and replaced by longer ones, which may have room for later
   *   tokens
   * @returns logits [B, V]; the caller owns them
   */
  next(tokens: readonly number[], position: number, padding: readonly number[], caches: KVCache[]): tf.Tensor2D;
  /** Several tokens of each row at a time. Absent where each token is chosen apart. */
  readonly ahead?: Ahead;
  /** Disposes of tensors that it keeps between calls. A later call makes them again. */
  dispose?(): void;
  /** Changes of single rows of caches. Absent where caches cannot be changed in place. */
  readonly inPlace?: InPlace;
}

/** Tokens that are drawn one after the other without a look at them in between. */
export interface Ahead {
  /** The most tokens of each row that are drawn at a time with such caches. */
  most(caches: readonly KVCache[]): number;
  /**
   * Reads one new token in each row as `next` does, draws the one that follows, reads it, and so on. The last that it
   * draws is not read.
   */
  draw(
    tokens: readonly number[],
    position: number,
    padding: readonly number[],
    caches: KVCache[],
    draws: TokenDraws,
  ): DrawnTokens;
}

/** Caches that have room for more rows and columns than are in use. */
export interface InPlace {
  /**
   * Reads a prompt into the row `row`, so that its last token stands in the column before `position`. The other rows do
   * not change. Borrows the caches and the beginning.
   *
   * @param beginning keys and values of the first tokens of this prompt, which are then copied
   * @returns logits [1, V] of the last token; the caller owns them
   */
  read(
    prompt: readonly number[],
    row: number,
    position: number,
    caches: readonly KVCache[],
    beginning?: Beginning,
  ): tf.Tensor2D;
  /** Copies the keys and values of `length` columns of a row, from `column` on. The caller owns the copy. */
  beginningOf(caches: readonly KVCache[], row: number, column: number, length: number): Beginning;
  /**
   * A cache with the first `kept` columns of `cache` and room for `capacity`. Borrows it; the caller owns the result.
   */
  withCapacity(cache: tf.Tensor4D, kept: number, capacity: number): tf.Tensor4D;
}

/** The keys and values of the first tokens of prompts. */
export interface Beginning {
  readonly length: number; // tokens
  readonly bytes: number;
  readonly tables: readonly tf.Tensor2D[]; // [length, (H + 2K)·D] for each layer, as a product with qkv has them
}

/**
 * Decoding by one operation after the other, on any backend. Borrows weights and tables.
 *
 * @param scores the most attention logits of a layer in memory at a time: longer prompts are read in parts. 2^25 logits
 *   are 128 MB, of which up to three copies are held
 */
export const eagerDecoding = (network: Network, scores = 2 ** 25): Decoding => ({
  prefill(ids, padding, earlier = []) {
    const [B, P] = [ids.length, ids[0]!.length];
    const { num_attention_heads: H } = network.config;
    const caches = [...earlier];
    const extend = (newest: KVCache, l: number): KVCache =>
      (caches[l] = caches[l] ? append(caches[l]!, newest) : copy(newest));
    const before = earlier[0]?.keys.shape[2] ?? 0;
    const stretch = Math.max(1, Math.floor(scores / (B * H * (before + P))));
    let logits: tf.Tensor2D | undefined;
    for (let from = 0; from < P; from += stretch) {
      const T = Math.min(stretch, P - from);
      logits = tf.tidy(() => {
        const rotation = network.rope.rows(
          padding.map((pad) => before + from - pad),
          T,
        );
        const stretchIds = tf.tensor2d(
          ids.flatMap((row) => row.slice(from, from + T)),
          [B, T],
          "int32",
        );
        const hidden = hiddenStates(network, stretchIds, padding, {
          continuing: { before: before + from, rotation, extend },
          wanted: { from: T - 1, length: 1 },
        });
        return from + T < P ? undefined : logitsOf(network.weights, hidden);
      });
    }
    return { logits: logits!, caches };
  },
  next: (tokens, position, padding, caches) =>
    tf.tidy(() => {
      const rotation = network.rope.rows(
        padding.map((pad) => position - pad),
        1,
      );
      const mask = paddingMask(padding, position + 1);
      return logitsOf(network.weights, nextHidden(network, tf.tensor1d([...tokens], "int32"), rotation, mask, caches));
    }),
});
