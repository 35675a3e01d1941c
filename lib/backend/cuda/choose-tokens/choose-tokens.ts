import type { TokenRequest, Truncation } from "../../choose-tokens";
import type { Kernels } from "../../kernels";
import type { Operations } from "../../native/operations";
import { tf } from "../../tf";

/** One operation for every request, whose results lie on the host when it returns (choice.cu). */
export const chooseTokens =
  (operations: Operations): Kernels["chooseTokens"] =>
  async (logits, request) => {
    const [B, V] = logits.shape;
    const { uniforms, mask } = request;
    const draws = new Int32Array(Float64Array.from({ length: B }, (_, b) => uniforms[b] ?? 0).buffer);
    const settings = settingsOf(request);
    const { seen, starts } = penalised(request, B);
    const forbidden = mask ? bitsOf(mask, B, V) : new Int32Array(0);
    const made = operations.run("DecoderChooseToken", [logits, draws, settings, forbidden, seen, starts], 2);
    const [tokens, logps] = made.map((tensor) => tensor.dataSync()) as [Int32Array, Float32Array];
    tf.dispose(made);
    return { tokens, logps };
  };

/** The settings as choice.h has them. */
export function settingsOf({
  temperature,
  topK,
  topP,
  minP,
  repetitionPenalty = 1,
}: Truncation & { readonly temperature: number; readonly repetitionPenalty?: number }): Int32Array {
  const floats = Float32Array.of(temperature, topP, minP, repetitionPenalty);
  return Int32Array.of(...new Int32Array(floats.buffer), topK);
}

/** The tokens that the penalty falls on, row after row, and where each row's begin; both empty where there are none. */
function penalised({ seen, repetitionPenalty }: TokenRequest, B: number): { seen: Int32Array; starts: Int32Array } {
  if (repetitionPenalty === 1 || seen.every(({ size }) => size === 0))
    return { seen: new Int32Array(0), starts: new Int32Array(0) };
  const starts = new Int32Array(B + 1);
  for (let b = 0; b < B; b++) starts[b + 1] = starts[b]! + (seen[b]?.size ?? 0);
  return { seen: Int32Array.from(seen.flatMap((tokens) => [...tokens])), starts };
}

/** A bit for each token that may not come, in words of 32, of which a row has ⌈V/32⌉. */
function bitsOf(mask: Float32Array, B: number, V: number): Int32Array {
  const words = Math.ceil(V / 32);
  const bits = new Int32Array(B * words);
  for (let b = 0; b < B; b++)
    for (let v = 0; v < V; v++) if (mask[b * V + v]! < 0) bits[b * words + (v >> 5)]! |= 1 << (v & 31);
  return bits;
}
