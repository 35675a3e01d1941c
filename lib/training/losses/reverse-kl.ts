import { tf } from "../../backend/tf";

/**
 * KL(π‖π_teacher) of each position over the whole vocabulary: [N], nats, owned by the caller.
 *
 *   KL_n = Σ_v π_nv·(log π_nv − log π_teacher,nv),      ∂KL_n/∂z_nv = π_nv·(log π_nv − log π_teacher,nv − KL_n)
 *
 * z are the logits of the student. Models of one family may pad their vocabularies to different sizes: only the ids
 * that both have are counted.
 *
 * @param student [N, V] logits of the policy being trained: gradients flow here only
 * @param teacher [N, V′] logits
 */
export const reverseKL = (student: tf.Tensor2D, teacher: tf.Tensor2D): tf.Tensor1D =>
  tf.tidy(() => {
    const shared = Math.min(student.shape[1], teacher.shape[1]);
    const own = logProbabilities(student, shared);
    return tf.sum(tf.mul(tf.exp(own), tf.sub(own, logProbabilities(teacher, shared))), 1) as tf.Tensor1D;
  });

const logProbabilities = (logits: tf.Tensor2D, size: number): tf.Tensor2D =>
  tf.logSoftmax(size === logits.shape[1] ? logits : tf.slice(logits, [0, 0], [-1, size]));
