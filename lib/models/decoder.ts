import { tf } from "./backend/tf";
import type { DecoderConfig } from "./config";
import { attention, causalMask, headNorm, ownAttention } from "./attention";
import { ownOperations } from "./backend/own-operations";
import { rmsNorm, swiGlu } from "./fused";
import { append, type KVCache } from "./kv-cache";
import { scaleOf } from "./lora-config";
import { projected, type Projection } from "./low-rank";
import { product, rowsAt } from "./product";
import { recomputed } from "./recompute";
import { rotate, type RotaryTables, type Rotation } from "./rope";
import { layerVariables, type Layer, type Weights } from "./weights";

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

/** How a stretch of T columns continues what was read before it. */
export interface Continuing {
  readonly before: number; // columns that were read earlier
  readonly rotation: Rotation; // of the T positions
  /** The layer's keys and values of all columns so far; `newest` are those of the T new ones, borrowed. */
  readonly extend: (newest: KVCache, layer: number) => KVCache;
}

/**
 * Hidden states of whole sequences, after the final norm.
 *
 * @param ids [B, T] token ids, left-padded
 * @param padding [B] pad tokens at the left of each row, those among earlier columns included
 * @param rope tables of at least T positions
 * @param continuing where the sequences do not begin here, or will be continued
 * @param checkpoint whether a gradient computes each layer anew instead of keeping all that it computed
 * @returns [B·T, C]; the caller owns it
 */
export function hiddenStates(weights: Weights, config: DecoderConfig, ids: tf.Tensor2D, padding: readonly number[], rope: RotaryTables, continuing?: Continuing, checkpoint = false): tf.Tensor2D {
  const [B, T] = ids.shape;
  const own = continuing ? undefined : ownOperations();
  const run = () => {
    let x = rowsAt(weights.embed, ids.reshape([-1]));
    const rotation = continuing?.rotation ?? rope.range(0, T);
    const seen = own ? tf.tensor1d([...padding], "int32") : causalMask(padding, T, config.num_attention_heads / config.num_key_value_heads, continuing?.before);
    const constants = [rotation.cos, rotation.sin, seen];
    for (const [l, layer] of weights.layers.entries()) {
      const forward = (input: tf.Tensor2D, [cos, sin, which]: readonly tf.Tensor[]) => block(input, weights, l, config, (qkv) => {
        if (own) return ownAttention(own, qkv, layer, config, { cos, sin } as Rotation, which as tf.Tensor1D);
        return attention(qkv, layer, config, { cos, sin } as Rotation, which as tf.Tensor4D, B, continuing && ((newest) => continuing.extend(newest, l)));
      });
      x = checkpoint ? recomputed(forward, x, layerVariables(weights, l), constants) : tf.tidy(() => forward(x, constants)); // a layer's activations go before the next one's come, unless a gradient keeps them
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
