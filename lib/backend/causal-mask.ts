import { tf } from "./tf";

/** Attention logits of forbidden positions. Finite: −Infinity would make NaN of a fully masked row. */
const forbidden = -1e9;

/** Masks of at most so many numbers are repeated for the query heads, so that adding one is a single operation. */
const smallMask = 2 ** 22;

/**
 * What each of T new tokens may attend to: 0 and −1e9, [B, 1, G·T, W] for G query heads per key/value head, or [B, 1,
 * T, W] where that would be large; B is 1 where all rows have the same padding. Causal, and blind to left padding.
 *
 * @param padding number of pad tokens at the left of each of B rows
 * @param before columns that were read earlier: W is that many more than T
 */
export function causalMask(padding: readonly number[], T: number, G: number, before = 0): tf.Tensor4D {
  const W = before + T;
  const rows = padding.every((pad) => pad === padding[0]) ? padding.slice(0, 1) : padding;
  const heads = rows.length * G * T * W <= smallMask ? G : 1;
  const data = new Float32Array(rows.length * heads * T * W);
  for (const [b, pad] of rows.entries()) {
    const block = b * heads * T * W;
    for (let t = 0; t < T; t++) {
      const from = block + t * W;
      data.fill(forbidden, from, from + Math.min(pad, W));
      data.fill(forbidden, from + before + t + 1, from + W);
      if (pad > before + t) data[from + before + t] = 0; // a pad token sees itself: its row must not be empty
    }
    for (let g = 1; g < heads; g++) data.copyWithin(block + g * T * W, block, block + T * W);
  }
  return tf.tensor4d(data, [rows.length, 1, heads * T, W]);
}

/** Attention scores [B, K, G·T, W] with a mask from causalMask added, whichever of its forms it has. */
export function masked(scores: tf.Tensor4D, mask: tf.Tensor4D): tf.Tensor4D {
  const [B, K, GT, W] = scores.shape;
  const T = mask.shape[2];
  return T === GT ? tf.add(scores, mask) : tf.add(scores.reshape([B, (K * GT) / T, T, W]), mask).reshape(scores.shape);
}
