import { tf } from "./backend/tf";

/**
 * Attention keys and values of one layer, for the T tokens seen so far.
 * Axes: B sequences, K key/value heads, T tokens, D dimensions per head.
 */
export type KVCache = {
  keys: tf.Tensor4D; // [B, K, T, D], rotated
  values: tf.Tensor4D; // [B, K, T, D]
};

/** Appends new tokens. Takes ownership of `cache`, borrows `next`; the caller owns the result, also inside a tidy. */
export function append(cache: KVCache, next: KVCache): KVCache {
  const grown = {
    keys: tf.keep(tf.concat([cache.keys, next.keys], 2)),
    values: tf.keep(tf.concat([cache.values, next.values], 2)),
  };
  tf.dispose(cache);
  return grown;
}

/** The rows of `cache` at `rows`, in that order. Takes ownership of `cache`; the caller owns the result. */
export function selectRows(cache: KVCache, rows: tf.Tensor1D): KVCache {
  const selected = { keys: tf.keep(tf.gather(cache.keys, rows)), values: tf.keep(tf.gather(cache.values, rows)) };
  tf.dispose(cache);
  return selected;
}
