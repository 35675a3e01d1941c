import { differentiable } from "../../differentiable";
import type { Kernels } from "../../kernels";
import type { Operations } from "../../native/operations";
import { tf } from "../../tf";

/** The padding itself: int32 [B]. */
export const attentionMask: Kernels["attentionMask"] = (padding) => tf.tensor1d([...padding], "int32");

/**
 * One operation, which holds the scores of a few queries at a time; its gradient computes them again
 * (causal-attention-inl.h; Rabe & Staats 2021, Dao et al. 2022).
 */
export const causalAttention =
  (operations: Operations): Kernels["causalAttention"] =>
  (qkv, { qkvBias, qNorm, kNorm }, { num_attention_heads: heads, rms_norm_eps: epsilon }, { cos, sin }, padding) => {
    const parameters = [qkvBias, qNorm, kNorm];
    return differentiable([qkv, ...parameters.flatMap((parameter) => parameter ?? [])], (save) => {
      const [bias, ...norms] = parameters.map((parameter) => parameter ?? tf.tensor1d([])) as [
        tf.Tensor1D,
        tf.Tensor1D,
        tf.Tensor1D,
      ];
      const inputs = [qkv, bias, padding, cos, sin, ...norms];
      const [value, logs] = operations.run("DecoderCausalAttention", inputs, 2, { heads, epsilon }) as [
        tf.Tensor2D,
        tf.Tensor,
      ];
      save([...inputs, logs]);
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const attributes = { heads, epsilon };
        const [dqkv, ...others] = operations.run("DecoderCausalAttentionGrad", [...saved, dy], 4, attributes);
        return [dqkv!, ...others.filter((_, i) => parameters[i])];
      };
      return { value, gradFunc };
    });
  };
