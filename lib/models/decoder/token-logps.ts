import { tf } from "../../backend/tf";
import type { Batch } from "./batch";
import { hiddenStates } from "./decoder";
import type { Network } from "./decoder-record";
import { kernels } from "../../backend/kernels-in-use";
import { isVariable } from "./weights";

/** Options of a pass over a batch. */
export interface PassOptions {
  /** the backward pass computes each layer again: 25 % to 50 % more time, and activations of one layer in memory */
  readonly checkpoint?: boolean | undefined;
}

/** Hidden states that predict the response tokens: [B·R, C]. The caller owns them. */
export function responseHidden(network: Network, batch: Batch, { checkpoint }: PassOptions = {}): tf.Tensor2D {
  const { ids, padding, promptLength: P, responseLength: R } = batch;
  return hiddenStates(network, ids, padding, { checkpoint, wanted: { from: P - 1, length: R } });
}

/**
 * Log-probability and entropy of the distribution at each response position, both in nats.
 *
 * @param temperature divides the logits, as it did when the tokens were sampled
 * @returns logps and entropy, [B, R] each; the caller owns them. Values on padding are meaningless: mask them.
 */
export function tokenLogps(
  network: Network,
  batch: Batch,
  temperature = 1,
  options?: PassOptions,
): { logps: tf.Tensor2D; entropy: tf.Tensor2D } {
  const B = batch.ids.shape[0];
  const R = batch.responseLength;
  const { weights } = network;
  const head = weights.head ?? weights.embed;
  return tf.tidy(() => {
    const [logps, entropy] = tf.split(
      kernels().tokenLogps(responseHidden(network, batch, options), head, batch.labels, temperature, {
        frozen: !isVariable(head),
      }),
      2,
      1,
    ) as [tf.Tensor2D, tf.Tensor2D];
    return { logps: logps.reshape([B, R]) as tf.Tensor2D, entropy: entropy.reshape([B, R]) as tf.Tensor2D };
  });
}
