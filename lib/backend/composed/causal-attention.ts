import { causalMask, masked } from "../causal-mask";
import type { AttentionHeads, AttentionParameters, KeysAndValues, Kernels, Rotation } from "../kernels";
import { tf } from "../tf";
import { rmsNorm } from "./rms-norm";
import { rotary } from "./rotary";

/** Scores of whole sequences are held, [B, K, H/K·T, T] of them. */
export const causalAttention: Kernels["causalAttention"] = (qkv, parameters, heads, rotation, mask) =>
  cachedAttention(qkv, parameters, heads, rotation, mask as tf.Tensor4D, qkv.shape[0] / rotation.cos.shape[0]!);

/** A mask of causal-mask.ts. */
export const attentionMask: Kernels["attentionMask"] = (padding, T, heads) =>
  causalMask(padding, T, heads.num_attention_heads / heads.num_key_value_heads);

export function cachedAttention(
  qkv: tf.Tensor2D,
  parameters: AttentionParameters,
  heads: AttentionHeads,
  rotation: Rotation,
  mask: tf.Tensor4D,
  B: number,
  extend: (newest: KeysAndValues) => KeysAndValues = (newest) => newest,
): tf.Tensor2D {
  const { num_attention_heads: H, num_key_value_heads: K, head_dim: D } = heads;
  const [T, G] = [qkv.shape[0] / B, H / K];
  const biased = parameters.qkvBias ? tf.add(qkv, parameters.qkvBias) : qkv;
  const perHead =
    T === 1 ? biased.reshape([B, H + 2 * K, 1, D]) : tf.transpose(biased.reshape([B, T, H + 2 * K, D]), [0, 2, 1, 3]);
  const [qk, v] = tf.split(perHead, [H + K, K], 1) as [tf.Tensor4D, tf.Tensor4D];
  const [q, k] = tf.split(rotary(headNorm(qk, parameters, heads), rotation), [H, K], 1) as [tf.Tensor4D, tf.Tensor4D];
  const { keys, values } = extend({ keys: k, values: v });
  const scores = tf.matMul(tf.mul(q, 1 / Math.sqrt(D)).reshape([B, K, G * T, D]), keys, false, true);
  const weighted = tf.matMul(tf.softmax(masked(scores as tf.Tensor4D, mask)), values);
  return (T === 1 ? weighted : tf.transpose(weighted.reshape([B, H, T, D]), [0, 2, 1, 3])).reshape([B * T, H * D]);
}

/**
 * RMS norm of every query and key head over its dimensions, where the architecture has one. `qk` is [B, H + K, T, D].
 */
function headNorm(
  qk: tf.Tensor4D,
  { qNorm, kNorm }: AttentionParameters,
  { num_attention_heads: H, num_key_value_heads: K, head_dim: D, rms_norm_eps: epsilon }: AttentionHeads,
): tf.Tensor4D {
  if (!qNorm || !kNorm) return qk;
  const [q, k] = tf.split(qk, [H, K], 1) as [tf.Tensor4D, tf.Tensor4D];
  const norm = (x: tf.Tensor4D, weight: tf.Tensor1D) =>
    rmsNorm(x.reshape([-1, D]) as tf.Tensor2D, weight, epsilon).reshape(x.shape) as tf.Tensor4D;
  return tf.concat([norm(q, qNorm), norm(k, kNorm)], 1);
}
