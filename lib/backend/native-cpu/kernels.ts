import { composed } from "../composed/kernels";
import { mostLogits, type Kernels } from "../kernels";
import type { Operations } from "../native/operations";
import { adam, squaredNorm } from "./adam/adam";
import { attentionMask, causalAttention } from "./attention/causal-attention";
import { chooseTokens } from "./choose-tokens/choose-tokens";
import { decodeStep } from "./decoding/decode-step";
import { rmsNorm } from "./activations/rms-norm";
import { swiGlu } from "./activations/swi-glu";
import { tokenLogps } from "./token-logps/token-logps";

/** Kernels of native TensorFlow on a processor, by the operations that set-up has compiled into the addon. */
export const nativeCpu = (operations: Operations): Kernels => ({
  ...composed,
  rmsNorm: rmsNorm(operations),
  swiGlu: swiGlu(operations),
  attentionMask,
  causalAttention: causalAttention(operations),
  tokenLogps: tokenLogps(operations),
  adam: adam(operations),
  squaredNorm,
  chooseTokens: chooseTokens(operations),
  decodeStep: decodeStep(operations),
  activations: { width: 6, projections: 1.3, attended: 1.2, feedForward: 3.9, scores: 0, logits: 2.4, mostLogits },
});
