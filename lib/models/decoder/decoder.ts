import { causalMask } from "../../backend/causal-mask";
import type { Rotation } from "../../backend/kernels";
import { kernels } from "../../backend/kernels-in-use";
import { tf } from "../../backend/tf";
import type { Network } from "./decoder-record";
import { append, type KVCache } from "./kv-cache";
import { scaleOf } from "./lora-config";
import { projected, type Projection } from "./low-rank";
import { recomputed } from "./recompute";
import { layerVariables, type Weights } from "./weights";

/**
 * Residual block number `l`.
 *
 * @param attend turns packed projections [N, (H+2K)·D], without the layer's bias, into attention output [N, H·D]
 * @param kept the rows of [N, …] that are needed afterwards; all if absent
 */
function block(
  x: tf.Tensor2D,
  { weights: { layers, adapter }, config }: Network,
  l: number,
  attend: (unbiased: tf.Tensor2D) => tf.Tensor2D,
  kept: (rows: tf.Tensor2D) => tf.Tensor2D = (rows) => rows,
): tf.Tensor2D {
  const { rms_norm_eps: epsilon } = config;
  const { rmsNorm, swiGlu } = kernels();
  const layer = layers[l]!;
  const project = (input: tf.Tensor2D, name: Projection) =>
    projected(input, layer[name], adapter?.layers[l]![name], adapter ? scaleOf(adapter.lora) : 1);
  const attention = attend(project(rmsNorm(x, layer.norm1, epsilon), "qkv"));
  const attended = tf.add(kept(x), project(kept(attention), "out")) as tf.Tensor2D;
  const gateUp = project(rmsNorm(attended, layer.norm2, epsilon), "gateUp");
  return tf.add(attended, project(swiGlu(gateUp), "down"));
}

/** How T further columns continue sequences whose earlier columns have been read. */
interface Continuing {
  readonly before: number; // columns that were read earlier
  readonly rotation: Rotation; // of the T positions
  /** Returns the layer's keys and values of all columns so far. `newest` are those of the T new columns, borrowed. */
  readonly extend: (newest: KVCache, layer: number) => KVCache;
}

/** How whole sequences are read. */
export interface Reading {
  readonly continuing?: Continuing; // present if earlier columns have been read, or if the sequences will be continued
  // columns whose states are returned; all if absent
  readonly wanted?: { readonly from: number; readonly length: number };
  // the backward pass computes each layer again instead of keeping its activations
  readonly checkpoint?: boolean | undefined;
}

/**
 * Hidden states of whole sequences, after the final norm.
 *
 * @param ids [B, T] token ids, left-padded
 * @param padding [B] pad tokens at the left of each row, those among earlier columns included
 * @returns [B·T, C], where T counts the columns that are asked for; the caller owns it
 */
export function hiddenStates(
  network: Network,
  ids: tf.Tensor2D,
  padding: readonly number[],
  { continuing, wanted, checkpoint }: Reading = {},
): tf.Tensor2D {
  const { weights, config, rope } = network;
  const [B, T] = ids.shape;
  const { embedding, rmsNorm, attentionMask, causalAttention, cachedAttention, layers: stack } = kernels();
  const kept = (rows: tf.Tensor2D): tf.Tensor2D =>
    wanted
      ? tf.slice(rows.reshape([B, T, -1]), [0, wanted.from, 0], [B, wanted.length, -1]).reshape([B * wanted.length, -1])
      : rows;
  return tf.tidy(() => {
    let x = embedding(weights.embed, ids.reshape([-1]));
    const rotation = continuing?.rotation ?? rope.columns(T);
    const seen = continuing
      ? causalMask(padding, T, config.num_attention_heads / config.num_key_value_heads, continuing.before)
      : attentionMask(padding, T, config);
    if (stack && !continuing && weights.layers.length) {
      const { adapter } = weights;
      const changes = adapter && { adapter: adapter.layers, scale: scaleOf(adapter.lora) };
      x = stack(x, weights.layers, config, rotation, seen, { ...changes, checkpoint: checkpoint ?? false });
      return rmsNorm(kept(x), weights.norm, config.rms_norm_eps);
    }
    const constants = [rotation.cos, rotation.sin, seen];
    for (const [l, layer] of weights.layers.entries()) {
      const attend = (unbiased: tf.Tensor2D, [cos, sin, which]: readonly tf.Tensor[]) =>
        continuing
          ? cachedAttention(unbiased, layer, config, { cos: cos!, sin: sin! }, which as tf.Tensor4D, B, (newest) =>
              continuing.extend(newest, l),
            )
          : causalAttention(unbiased, layer, config, { cos: cos!, sin: sin! }, which!);
      const forward = (input: tf.Tensor2D, given: readonly tf.Tensor[]) =>
        block(
          input,
          network,
          l,
          (unbiased) => attend(unbiased, given),
          l === weights.layers.length - 1 ? kept : undefined,
        );
      x = checkpoint
        ? recomputed(forward, x, layerVariables(weights, l), constants)
        : // frees a layer's activations before the next layer is computed, unless a gradient needs them
          tf.tidy(() => forward(x, constants));
    }
    return rmsNorm(weights.layers.length ? x : kept(x), weights.norm, config.rms_norm_eps);
  });
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
export function nextHidden(
  network: Network,
  ids: tf.Tensor1D,
  rotation: Rotation,
  mask: tf.Tensor4D,
  caches: KVCache[],
): tf.Tensor2D {
  const { weights, config } = network;
  const { embedding, rmsNorm, cachedAttention } = kernels();
  return tf.tidy(() => {
    let x = embedding(weights.embed, ids);
    weights.layers.forEach((layer, l) => {
      const extended = (newest: KVCache) => (caches[l] = append(caches[l]!, newest));
      x = block(x, network, l, (unbiased) =>
        cachedAttention(unbiased, layer, config, rotation, mask, ids.shape[0], extended),
      );
    });
    return rmsNorm(x, weights.norm, config.rms_norm_eps);
  });
}

/**
 * Next-token logits [N, V] of hidden states [N, C]: the output projection, which is the embedding where the two are
 * tied.
 */
export const logitsOf = (weights: Weights, hidden: tf.Tensor2D): tf.Tensor2D =>
  kernels().product(hidden, weights.head ?? weights.embed, true);
