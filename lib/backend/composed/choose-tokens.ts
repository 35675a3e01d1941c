import type { Kernels } from "../kernels";
import { distributions } from "./distributions";
import { argMax, drawToken, truncate } from "./sampling";

/** The distributions are computed on the backend; tokens are drawn from them on the host. */
export const chooseTokens: Kernels["chooseTokens"] = async (logits, request) => {
  const [B, V] = logits.shape;
  const { temperature, uniforms, wanted } = request;
  const { drawn, plain } = await distributions(logits, request);
  const tokens = new Int32Array(B);
  const logps = new Float64Array(B);
  for (let b = 0; b < B; b++) {
    if (wanted && !wanted[b]) continue;
    const probabilities = drawn.subarray(b * V, (b + 1) * V);
    if (temperature > 0) truncate(probabilities, request);
    const token = temperature === 0 ? argMax(probabilities) : drawToken(probabilities, uniforms[b]!);
    tokens[b] = token;
    logps[b] = Math.log(plain[b * V + token]!);
  }
  return { tokens, logps };
};
