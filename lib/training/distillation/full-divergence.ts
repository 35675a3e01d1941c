import { tf } from "../../backend/tf";
import { unrecorded } from "../../backend/tape";
import type { Batch } from "../../models/decoder/batch";
import { logitsOf } from "../../models/decoder/decoder";
import { responseHidden, type PassOptions } from "../../models/decoder/token-logps";
import type { Policy } from "../../models/policy";
import { reverseKL } from "../losses/reverse-kl";

/** [B, R] each, owned by the caller. */
interface FullPass {
  readonly logps: tf.Tensor2D;
  readonly entropy: tf.Tensor2D;
  readonly divergence: tf.Tensor2D; // KL(π‖π_teacher) over the whole vocabulary, nats
}

/**
 * One pass of the student over a batch, and its divergence from a teacher at each response position. Unlike
 * `tokenLogps` it holds the logits of both models: B·R·V numbers each.
 *
 * @param temperature divides the logits of both
 */
export const fullPass = (
  student: Policy,
  teacher: Policy,
  batch: Batch,
  temperature: number,
  options: PassOptions,
): FullPass =>
  tf.tidy(() => {
    const shape: [number, number] = [batch.ids.shape[0], batch.responseLength];
    const tempered = (policy: Policy, pass?: PassOptions) =>
      tf.div(logitsOf(policy.weights, responseHidden(policy, batch, pass)), temperature) as tf.Tensor2D;
    const logits = tempered(student, options);
    const known = unrecorded(() => tf.tidy(() => tempered(teacher)));
    const all = tf.logSoftmax(logits);
    const chosen = tf.oneHot(batch.labels, logits.shape[1]);
    return {
      logps: tf.reshape(tf.sum(tf.mul(all, chosen), 1), shape) as tf.Tensor2D,
      entropy: tf.reshape(tf.neg(tf.sum(tf.mul(tf.exp(all), all), 1)), shape) as tf.Tensor2D,
      divergence: tf.reshape(reverseKL(logits, known), shape) as tf.Tensor2D,
    };
  });
