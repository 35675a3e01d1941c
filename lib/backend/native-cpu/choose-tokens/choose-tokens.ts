import type { TokenRequest } from "../../choose-tokens";
import { chooseTokens as composed } from "../../composed/choose-tokens";
import type { Kernels } from "../../kernels";
import type { Operations } from "../../native/operations";
import { tf } from "../../tf";

/** Whether every token may come, as likely as the logits and the temperature say. */
const isPlain = ({ temperature, topK, topP, minP, repetitionPenalty, mask }: TokenRequest): boolean =>
  !mask && repetitionPenalty === 1 && (temperature === 0 || (topK === 0 && topP === 1 && minP === 0));

/** One operation where every token may come (choice-inl.h): the logits are not copied to JavaScript. */
export const chooseTokens =
  (operations: Operations): Kernels["chooseTokens"] =>
  async (logits, request) => {
    if (!isPlain(request)) return composed(logits, request);
    return choose(operations, logits, request.temperature, Float64Array.from(request.uniforms));
  };

/** What argMax and drawToken of composed/sampling.ts choose. Exported for its tests. */
export function choose(operations: Operations, logits: tf.Tensor2D, temperature: number, uniforms: Float64Array) {
  const draws = temperature > 0 ? new Int32Array(uniforms.buffer) : new Int32Array(); // the operation takes no doubles
  const made = operations.run("DecoderChoice", [logits, draws], 2, { scale: temperature });
  const [tokens, logps] = made.map((tensor) => tensor.dataSync()) as [Int32Array, Float32Array];
  tf.dispose(made);
  return { tokens, logps };
}
