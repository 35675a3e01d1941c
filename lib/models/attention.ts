import type { OwnOperations } from "../backend/own-operations";
import { tf } from "../backend/tf";
import type { DecoderConfig } from "./config";
import { differentiable } from "../backend/differentiable";
import { rmsNorm } from "../backend/composed/fused";
import type { KVCache } from "./kv-cache";
import { rotate, type Rotation } from "./rope";
import type { Layer } from "./weights";

/** Attention logits of forbidden positions. Finite: −Infinity would make NaN of a fully masked row. */
const forbidden = -1e9;

/** Numbers of a mask up to which it is repeated for the query heads: adding it is one operation then, and of no size. */
const smallMask = 2 ** 22;

/**
 * What each of T new tokens may attend to: 0 and −1e9, [B, 1, G·T, W] for G query heads per key/value head, or [B, 1, T, W] where
 * that would be large; B is 1 where all rows have the same padding. Causal, and blind to left padding.
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

/** RMS norm of every query and key head over its dimensions, where the architecture has one (Qwen3). `qk` is [B, H + K, T, D]. */
function headNorm(
  qk: tf.Tensor4D,
  { qNorm, kNorm }: Layer,
  { num_attention_heads: H, num_key_value_heads: K, head_dim: D, rms_norm_eps: epsilon }: DecoderConfig,
): tf.Tensor4D {
  if (!qNorm || !kNorm) return qk;
  const [q, k] = tf.split(qk, [H, K], 1) as [tf.Tensor4D, tf.Tensor4D];
  const norm = (x: tf.Tensor4D, weight: tf.Tensor1D) =>
    rmsNorm(x.reshape([-1, D]) as tf.Tensor2D, weight, epsilon).reshape(x.shape) as tf.Tensor4D;
  return tf.concat([norm(q, qNorm), norm(k, kNorm)], 1);
}

/**
 * Attention output [B·T, H·D] of packed projections [B·T, (H+2K)·D], composed of tfjs's operations.
 *
 * @param unbiased packed projections without the layer's bias, if it has one
 * @param mask from causalMask, or of one new token's columns
 * @param extended the keys and values [B, K, W, D] to attend to, of those of the T new tokens, which it borrows
 */
export function attention(
  unbiased: tf.Tensor2D,
  layer: Layer,
  config: DecoderConfig,
  rotation: Rotation,
  mask: tf.Tensor4D,
  B: number,
  extended: (newest: KVCache) => KVCache = (newest) => newest,
): tf.Tensor2D {
  const { num_attention_heads: H, num_key_value_heads: K, head_dim: D } = config;
  const [T, G] = [unbiased.shape[0] / B, H / K];
  const qkv = layer.qkvBias ? tf.add(unbiased, layer.qkvBias) : unbiased;
  const heads =
    T === 1 ? qkv.reshape([B, H + 2 * K, 1, D]) : tf.transpose(qkv.reshape([B, T, H + 2 * K, D]), [0, 2, 1, 3]);
  const [qk, v] = tf.split(heads, [H + K, K], 1) as [tf.Tensor4D, tf.Tensor4D];
  const [q, k] = tf.split(rotate(headNorm(qk, layer, config), rotation), [H, K], 1) as [tf.Tensor4D, tf.Tensor4D];
  const { keys, values } = extended({ keys: k, values: v });
  const scores = tf.matMul(tf.mul(q, 1 / Math.sqrt(D)).reshape([B, K, G * T, D]), keys, false, true);
  const weighted = tf.matMul(tf.softmax(masked(scores as tf.Tensor4D, mask)), values);
  return (T === 1 ? weighted : tf.transpose(weighted.reshape([B, H, T, D]), [0, 2, 1, 3])).reshape([B * T, H * D]);
}

/**
 * The same of whole sequences by one operation of ours, which holds the scores of a few queries at a time; its gradient
 * computes them anew.
 *
 * @param unbiased packed projections without the layer's bias, if it has one
 * @param padding int32 [B]
 */
export function ownAttention(
  own: OwnOperations,
  unbiased: tf.Tensor2D,
  { qkvBias, qNorm, kNorm }: Layer,
  { num_attention_heads: heads, rms_norm_eps: epsilon }: DecoderConfig,
  { cos, sin }: Rotation,
  padding: tf.Tensor1D,
): tf.Tensor2D {
  const parameters = [qkvBias, qNorm, kNorm];
  return differentiable([unbiased, ...parameters.flatMap((parameter) => parameter ?? [])], (save) => {
    const [bias, ...norms] = parameters.map((parameter) => parameter ?? tf.tensor1d([])) as [
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    const inputs = [unbiased, bias, padding, cos, sin, ...norms];
    const [value, logs] = own.run("DecoderCausalAttention", inputs, 2, { heads, epsilon }) as [tf.Tensor2D, tf.Tensor];
    save([...inputs, logs]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [dqkv, ...others] = own.run("DecoderCausalAttentionGrad", [...saved, dy], 4, { heads, epsilon });
      return [dqkv!, ...others.filter((_, i) => parameters[i])];
    };
    return { value, gradFunc };
  });
}
