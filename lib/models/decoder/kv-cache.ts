import { tf } from "../../backend/tf";

/**
 * Attention keys and values of one layer for the T tokens seen so far. There may be room for more tokens behind them.
 * Axes: B sequences, K key/value heads, T tokens, D dimensions per head.
 */
export type KVCache = {
  keys: tf.Tensor4D; // [B, K, T, D], rotated
  values: tf.Tensor4D; // [B, K, T, D]
};

/**
 * Applies `change` to the keys and to the values. Takes ownership of `cache`. The caller owns the result, inside a tidy
 * too.
 */
export function changed(cache: KVCache, change: (tensor: tf.Tensor4D, part: keyof KVCache) => tf.Tensor4D): KVCache {
  const of = (part: keyof KVCache): tf.Tensor4D => tf.keep(tf.tidy(() => change(cache[part], part)));
  const made = { keys: of("keys"), values: of("values") };
  tf.dispose(cache);
  return made;
}

/** Appends new tokens. Takes ownership of `cache`, borrows `next`; the caller owns the result, also inside a tidy. */
export const append = (cache: KVCache, next: KVCache): KVCache =>
  changed(cache, (tensor, part) => tf.concat([tensor, next[part]], 2));

/** A copy. Borrows `cache`. The caller owns the result, inside a tidy too. */
export const copy = ({ keys, values }: KVCache): KVCache => ({
  keys: tf.keep(tf.clone(keys)),
  values: tf.keep(tf.clone(values)),
});

/** Tokens `from` … `to − 1` of all rows. Returns the tensor itself if these are all of its tokens. */
function columns(tensor: tf.Tensor4D, from: number, to: number): tf.Tensor4D {
  const [, K, T, D] = tensor.shape;
  return from === 0 && to === T ? tensor : tf.slice(tensor, [0, 0, from, 0], [-1, K, to - from, D]);
}

/**
 * The rows of `cache` at `rows`, in that order, with their tokens `from` … `to − 1`. Takes ownership of `cache`; the
 * caller owns the result.
 */
export const selectRows = (cache: KVCache, rows: tf.Tensor1D, from = 0, to = cache.keys.shape[2]): KVCache =>
  changed(cache, (tensor) => tf.gather(columns(tensor, from, to), rows));

/**
 * Copies the cache of one sequence of S tokens into B rows and moves each right by its padding: row b has token t at
 * column padding[b] + t. Tokens beyond column S are left out. The columns before a row's first token hold arbitrary
 * numbers, since attention masks them. Borrows `caches`, one per layer; the caller owns the result.
 */
export function spreadRows(
  caches: readonly KVCache[],
  padding: readonly number[],
  S = caches[0]!.keys.shape[2],
): KVCache[] {
  const [, K, room, D] = caches[0]!.keys.shape;
  const B = padding.length;
  const places = new Int32Array(B * K * S);
  for (const [b, pad] of padding.entries()) {
    for (let k = 0; k < K; k++)
      for (let s = 0; s < S; s++) places[(b * K + k) * S + s] = k * room + Math.max(0, s - pad);
  }
  const at = tf.tensor1d(places, "int32");
  const spread = (tensor: tf.Tensor4D): tf.Tensor4D =>
    tf.keep(tf.tidy(() => tf.gather(tensor.reshape([K * room, D]), at).reshape([B, K, S, D])));
  const rows = caches.map(({ keys, values }) => ({ keys: spread(keys), values: spread(values) }));
  at.dispose();
  return rows;
}

/**
 * The first `tokens` columns of the rows of `cache`, followed by the rows of `other`. The shorter of the two is padded
 * at the left. Takes ownership of both; the caller owns the result.
 */
export function joinRows(
  cache: KVCache,
  other: KVCache,
  tokens = cache.keys.shape[2],
  otherTokens = other.keys.shape[2],
): KVCache {
  const T = Math.max(tokens, otherTokens);
  const padded = (tensor: tf.Tensor4D, own: number): tf.Tensor4D =>
    own === T
      ? columns(tensor, 0, T)
      : tf.pad(columns(tensor, 0, own), [
          [0, 0],
          [0, 0],
          [T - own, 0],
          [0, 0],
        ]);
  const joined = changed(cache, (tensor, part) =>
    tf.concat([padded(tensor, tokens), padded(other[part], otherTokens)], 0),
  );
  tf.dispose(other);
  return joined;
}
