import { tf } from "./backend/tf";
import type { DecoderConfig } from "./config";
import { rmsNorm } from "./fused";
import { append, type KVCache } from "./kv-cache";
import { scaleOf } from "./lora-config";
import { projected, type Projection } from "./low-rank";
import { product, rowsAt } from "./product";
import { recomputed } from "./recompute";
import { rotate, type RotaryTables, type Rotation } from "./rope";
import { layerVariables, type Layer, type Weights } from "./weights";

/** Attention logits of forbidden positions. Finite: −Infinity would make NaN of a fully masked row. */
const forbidden = -1e9;

/** silu(gate) · up, of [N, 2F] into [N, F] (Shazeer 2020). */
function swiGlu(gateUp: tf.Tensor2D): tf.Tensor2D {
  const [gate, up] = tf.split(gateUp, 2, -1) as [tf.Tensor2D, tf.Tensor2D];
  return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
}

/** RMS norm of every query and key head over its dimensions, where the architecture has one (Qwen3). `qk` is [B, H + K, T, D]. */
function headNorm(qk: tf.Tensor4D, { qNorm, kNorm }: Layer, { num_attention_heads: H, num_key_value_heads: K, head_dim: D, rms_norm_eps: epsilon }: DecoderConfig): tf.Tensor4D {
  if (!qNorm || !kNorm) return qk;
  const [q, k] = tf.split(qk, [H, K], 1) as [tf.Tensor4D, tf.Tensor4D];
  const norm = (x: tf.Tensor4D, weight: tf.Tensor1D) => rmsNorm(x.reshape([-1, D]) as tf.Tensor2D, weight, epsilon).reshape(x.shape) as tf.Tensor4D;
  return tf.concat([norm(q, qNorm), norm(k, kNorm)], 1);
}

/** Residual block number `l`. `attend` turns packed projections [B·T, (H+2K)·D] into attention output [B·T, H·D]. */
function block(x: tf.Tensor2D, { layers, adapter }: Weights, l: number, config: DecoderConfig, attend: (qkv: tf.Tensor2D) => tf.Tensor2D): tf.Tensor2D {
  const { rms_norm_eps: epsilon } = config;
  const layer = layers[l]!;
  const project = (input: tf.Tensor2D, name: Projection) => projected(input, layer[name], adapter?.layers[l]![name], adapter ? scaleOf(adapter.lora) : 1);
  const unbiased = project(rmsNorm(x, layer.norm1, epsilon), "qkv");
  const qkv = layer.qkvBias ? (tf.add(unbiased, layer.qkvBias) as tf.Tensor2D) : unbiased;
  const attended = tf.add(x, project(attend(qkv), "out")) as tf.Tensor2D;
  const gateUp = project(rmsNorm(attended, layer.norm2, epsilon), "gateUp");
  return tf.add(attended, project(swiGlu(gateUp), "down"));
}

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
function masked(scores: tf.Tensor4D, mask: tf.Tensor4D): tf.Tensor4D {
  const [B, K, GT, W] = scores.shape;
  const T = mask.shape[2];
  return T === GT ? tf.add(scores, mask) : tf.add(scores.reshape([B, (K * GT) / T, T, W]), mask).reshape(scores.shape);
}

/** How a stretch of T columns continues what was read before it. */
export interface Continuing {
  readonly rotation: Rotation; // of the T positions
  /** The layer's keys and values of all columns so far; `newest` are those of the T new ones, borrowed. */
  readonly extend: (newest: KVCache, layer: number) => KVCache;
}

/**
 * Hidden states of whole sequences, after the final norm.
 *
 * @param ids [B, T] token ids, left-padded
 * @param mask from causalMask
 * @param rope tables of at least T positions
 * @param continuing where the sequences do not begin here, or will be continued
 * @param checkpoint whether a gradient computes each layer anew instead of keeping all that it computed
 * @returns [B·T, C]; the caller owns it
 */
export function hiddenStates(weights: Weights, config: DecoderConfig, ids: tf.Tensor2D, mask: tf.Tensor4D, rope: RotaryTables, continuing?: Continuing, checkpoint = false): tf.Tensor2D {
  const [B, T] = ids.shape;
  const { num_attention_heads: H, num_key_value_heads: K, head_dim: D } = config;
  const G = H / K;
  const run = () => {
    let x = rowsAt(weights.embed, ids.reshape([-1]));
    const rotation = continuing?.rotation ?? rope.range(0, T);
    for (const [l, layer] of weights.layers.entries()) {
      const forward = (input: tf.Tensor2D, [cos, sin]: readonly tf.Tensor[]) => block(input, weights, l, config, (qkv) => {
        const heads = tf.transpose(qkv.reshape([B, T, H + 2 * K, D]), [0, 2, 1, 3]);
        const [qk, v] = tf.split(heads, [H + K, K], 1) as [tf.Tensor4D, tf.Tensor4D];
        const [q, k] = tf.split(rotate(headNorm(qk, layer, config), { cos, sin } as Rotation), [H, K], 1) as [tf.Tensor4D, tf.Tensor4D];
        const { keys, values } = continuing?.extend({ keys: k, values: v }, l) ?? { keys: k, values: v };
        const scores = tf.matMul(tf.mul(q, 1 / Math.sqrt(D)).reshape([B, K, G * T, D]), keys, false, true);
        const weighted = tf.matMul(tf.softmax(masked(scores as tf.Tensor4D, mask)), values);
        return tf.transpose(weighted.reshape([B, H, T, D]), [0, 2, 1, 3]).reshape([B * T, H * D]);
      });
      const rotations = [rotation.cos, rotation.sin];
      x = checkpoint ? recomputed(forward, x, layerVariables(weights, l), rotations) : tf.tidy(() => forward(x, rotations)); // a layer's activations go before the next one's come, unless a gradient keeps them
    }
    return rmsNorm(x, weights.norm, config.rms_norm_eps);
  };
  return tf.tidy(run);
}

/**
 * Hidden states of one new token per sequence; extends the caches in place of the old ones.
 *
 * @param ids [B] the newest token of each row
 * @param rotation of the tokens' positions
 * @param mask [B, 1, 1, cached + 1] of 0 and −1e9, hiding left padding
 * @param caches one per layer; consumed: disposed and replaced by longer ones
 * @returns [B, C]; the caller owns it
 */
export function nextHidden(weights: Weights, config: DecoderConfig, ids: tf.Tensor1D, rotation: Rotation, mask: tf.Tensor4D, caches: KVCache[]): tf.Tensor2D {
  const [B] = ids.shape;
  const { num_attention_heads: H, num_key_value_heads: K, head_dim: D } = config;
  return tf.tidy(() => {
    let x = rowsAt(weights.embed, ids);
    weights.layers.forEach((layer, l) => {
      x = block(x, weights, l, config, (qkv) => {
        const heads = qkv.reshape([B, H + 2 * K, 1, D]) as tf.Tensor4D;
        const [qk, v] = tf.split(heads, [H + K, K], 1) as [tf.Tensor4D, tf.Tensor4D];
        const [q, k] = tf.split(rotate(headNorm(qk, layer, config), rotation), [H, K], 1) as [tf.Tensor4D, tf.Tensor4D];
        const cache = (caches[l] = append(caches[l]!, { keys: k, values: v }));
        const scores = tf.matMul(tf.mul(q, 1 / Math.sqrt(D)).reshape([B, K, H / K, D]), cache.keys, false, true);
        const weighted = tf.matMul(tf.softmax(tf.add(scores, mask)), cache.values);
        return weighted.reshape([B, H * D]);
      });
    });
    return rmsNorm(x, weights.norm, config.rms_norm_eps);
  });
}

/** Next-token logits [N, V] of hidden states [N, C]: the output projection, which is the embedding where the two are tied. */
export const logitsOf = (weights: Weights, hidden: tf.Tensor2D): tf.Tensor2D => product(hidden, weights.head ?? weights.embed, true);
