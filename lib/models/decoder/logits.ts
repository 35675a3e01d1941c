import { tf } from "../../backend/tf";
import { hiddenStates, logitsOf } from "./decoder";
import type { Network } from "./decoder-record";

/**
 * Next-token logits [V] after a prompt of T tokens. Throws RangeError if it is empty or longer than the model's
 * context.
 */
export function lastLogits(network: Network, ids: readonly number[]): Float32Array {
  const { weights, config } = network;
  const T = ids.length;
  if (T === 0)
    throw new RangeError("logits: the prompt has no tokens. Begin it with the model's own beginning-of-text token.");
  if (T > config.max_position_embeddings)
    throw new RangeError(
      `logits: the prompt has ${T} tokens, past the model's ${config.max_position_embeddings}. Shorten it.`,
    );
  const logits = tf.tidy(() => {
    const hidden = hiddenStates(network, tf.tensor2d([...ids], [1, T], "int32"), [0], {
      wanted: { from: T - 1, length: 1 },
    });
    return logitsOf(weights, hidden);
  });
  const numbers = logits.dataSync() as Float32Array;
  logits.dispose();
  return numbers;
}
