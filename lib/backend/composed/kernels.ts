import { mostLogits, type Kernels } from "../kernels";
import { adam, squaredNorm } from "./adam";
import { attentionMask, cachedAttention, causalAttention } from "./causal-attention";
import { chooseTokens } from "./choose-tokens";
import { embedding } from "./embedding";
import { lowRankProduct } from "./low-rank-product";
import { product } from "./product";
import { rmsNorm } from "./rms-norm";
import { rotary } from "./rotary";
import { swiGlu } from "./swi-glu";
import { tokenLogps } from "./token-logps";

/** Every kernel by TF.js operations, on whichever backend is in use: the reference for other implementations. */
export const composed: Kernels = {
  rmsNorm,
  swiGlu,
  product,
  lowRankProduct,
  embedding,
  rotary,
  attentionMask,
  causalAttention,
  cachedAttention,
  tokenLogps,
  adam,
  squaredNorm,
  chooseTokens,
  decodeStep: undefined,
  layers: undefined,
  activations: { width: 15, projections: 5.2, attended: 0, feedForward: 5.2, scores: 2.3, logits: 8.9, mostLogits },
};
