import { tf } from "../../backend/tf";
import type { Activation, EncoderConfig } from "./config";
import type { EncoderLayer, EncoderWeights } from "./weights";

/** (x − mean) / √(variance + ε) · weight + bias over the last axis (Ba et al. 2016). `x` [N, C]. */
function layerNorm(x: tf.Tensor2D, weight: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return tf.add(tf.mul(tf.mul(centred, inverse), weight), bias);
}

/** x·Φ(x) = x/2 · (1 + erf(x/√2)), or with Φ's approximation by tanh. */
const gelu = (x: tf.Tensor2D): tf.Tensor2D => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
const geluTanh = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.mul(
    tf.mul(x, 0.5),
    tf.add(tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1),
  );
const activation: Readonly<Record<Activation, (x: tf.Tensor2D) => tf.Tensor2D>> = {
  gelu,
  gelu_new: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  relu: (x) => tf.relu(x),
};

const linear = (x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D =>
  tf.add(tf.matMul(x, weight), bias);

/** One block, normalised after each residual sum, as in the original Transformer. `x` [B·T, C], `mask` [B, 1, 1, T]. */
function block(
  x: tf.Tensor2D,
  layer: EncoderLayer,
  mask: tf.Tensor4D,
  { num_attention_heads: H, hidden_size: C, layer_norm_eps, hidden_act }: EncoderConfig,
): tf.Tensor2D {
  const [B, , , T] = mask.shape;
  const D = C / H;
  const heads = tf.transpose(linear(x, layer.qkv, layer.qkvBias).reshape([B, T, 3 * H, D]), [0, 2, 1, 3]);
  const [q, k, v] = tf.split(heads, 3, 1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D]; // [B, H, T, D]
  const scores = tf.matMul(tf.mul(q, 1 / Math.sqrt(D)), k, false, true);
  const weighted = tf.matMul(tf.softmax(tf.add(scores, mask)), v);
  const joined = tf.transpose(weighted, [0, 2, 1, 3]).reshape([B * T, C]) as tf.Tensor2D;
  const attended = layerNorm(
    tf.add(x, linear(joined, layer.out, layer.outBias)),
    layer.norm1Weight,
    layer.norm1Bias,
    layer_norm_eps,
  );
  const fed = linear(activation[hidden_act](linear(attended, layer.up, layer.upBias)), layer.down, layer.downBias);
  return layerNorm(tf.add(attended, fed), layer.norm2Weight, layer.norm2Bias, layer_norm_eps);
}

/** A batch of texts as an encoder reads it: token ids, which are padded at the right to the longest text. */
export interface EncoderBatch {
  readonly ids: readonly (readonly number[])[]; // [B][tokens of the text]
  readonly pad: number;
}

/** How the token vectors of a text become one vector: the vector of the first token, or the mean. */
export type Pooling = "cls" | "mean";

/**
 * One vector for each text (BERT, Devlin et al. 2019; pooling as in sentence-transformers).
 *
 * @param normalize to length 1, so that inner products are cosines
 * @returns [B, C]; the caller owns it
 */
export function pooled(
  weights: EncoderWeights,
  config: EncoderConfig,
  { ids, pad }: EncoderBatch,
  { pooling, normalize }: { readonly pooling: Pooling; readonly normalize: boolean },
): tf.Tensor2D {
  const B = ids.length;
  const T = Math.max(...ids.map((row) => row.length));
  return tf.tidy(() => {
    const tokens = tf.tensor1d(
      Int32Array.from(ids.flatMap((row) => [...row, ...Array<number>(T - row.length).fill(pad)])),
      "int32",
    );
    const present = tf.tensor2d(
      Float32Array.from(ids.flatMap((row) => Array.from({ length: T }, (_, t) => Number(t < row.length)))),
      [B, T],
    );
    const mask = tf.mul(tf.sub(present, 1), 1e9).reshape([B, 1, 1, T]) as tf.Tensor4D; // 0, and −1e9 on padding
    const position = tf.slice(weights.positions, [config.firstPosition, 0], [T, config.hidden_size]);
    const summed = tf
      .add(tf.add(tf.gather(weights.words, tokens).reshape([B, T, -1]), position), weights.type)
      .reshape([B * T, -1]) as tf.Tensor2D;
    let x = layerNorm(summed, weights.normWeight, weights.normBias, config.layer_norm_eps);
    for (const layer of weights.layers) x = tf.tidy(() => block(x, layer, mask, config));
    const states = x.reshape([B, T, config.hidden_size]) as tf.Tensor3D;
    const vectors =
      pooling === "cls"
        ? tf.slice(states, [0, 0, 0], [B, 1, -1]).reshape([B, -1])
        : tf.div(tf.sum(tf.mul(states, tf.expandDims(present, 2)), 1), tf.sum(present, 1, true));
    return (normalize ? tf.div(vectors, tf.maximum(tf.norm(vectors, 2, 1, true), 1e-12)) : vectors) as tf.Tensor2D;
  });
}
