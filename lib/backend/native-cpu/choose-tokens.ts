import type { OwnOperations } from "../own-operations";
import { tf } from "../tf";
import type { Truncation } from "../composed/sampling";

/** A token for each of N rows, and its log-probability under the policy in nats: NaN where the logits are no numbers. */
export interface Choice {
  readonly tokens: Int32Array; // [N]
  readonly logps: Float32Array; // [N]
}

/** Whether every token may come, as likely as the logits and the temperature say: then choosing is one operation. */
export const isPlain = ({
  temperature,
  topK,
  topP,
  minP,
  repetitionPenalty,
  grammar,
}: Truncation & { temperature: number; repetitionPenalty: number; grammar?: unknown }): boolean =>
  !grammar && repetitionPenalty === 1 && (temperature === 0 || (topK === 0 && topP === 1 && minP === 0));

/**
 * What argMax and drawToken choose (sampling.ts), by an operation of ours: a vocabulary's numbers stay where they are. Borrows
 * the logits [N, V].
 *
 * @param draws [N] in [0, 1); unused at temperature 0, where the likeliest is chosen
 */
export function choose(own: OwnOperations, logits: tf.Tensor2D, temperature: number, draws: Float64Array): Choice {
  const made = own.run(
    "DecoderChoice",
    [logits, temperature > 0 ? new Int32Array(draws.buffer) : new Int32Array()],
    2,
    { scale: temperature },
  );
  const [tokens, logps] = made.map((tensor) => tensor.dataSync()) as [Int32Array, Float32Array];
  tf.dispose(made);
  return { tokens, logps };
}
