import { composed } from "../composed/kernels";
import type { Kernels } from "../kernels";
import { rmsNorm } from "../native-cpu/activations/rms-norm";
import { swiGlu } from "../native-cpu/activations/swi-glu";
import { attentionMask, causalAttention } from "../native-cpu/attention/causal-attention";
import type { Operations } from "../native/operations";
import { adam, squaredNorm } from "./adam/adam";
import { chooseTokens } from "./choose-tokens/choose-tokens";
import { decodeStep, drawingStep } from "./decoding/decode-step";
import type { Room } from "./device/rooms";
import { embedding } from "./embedding/embedding";
import { layers } from "./layers/layers";
import { product } from "./products/product";
import { mostOnCard, tokenLogps } from "./token-logps/token-logps";

/** Each part of Kernels, and the rooms whose CUDA kernels it launches. */
const parts: readonly (readonly [rooms: readonly Room[], part: (operations: Operations) => Partial<Kernels>])[] = [
  [["activations"], (own) => ({ rmsNorm: rmsNorm(own), swiGlu: swiGlu(own) })],
  [["attention", "activations"], (own) => ({ attentionMask, causalAttention: causalAttention(own) })],
  [["products"], (own) => ({ product: product(own) })],
  [["embedding"], (own) => ({ embedding: embedding(own) })],
  [["labels", "products"], (own) => ({ tokenLogps: tokenLogps(own) })],
  [["adam"], (own) => ({ adam: adam(own), squaredNorm: squaredNorm(own) })],
  [["choice"], (own) => ({ chooseTokens: chooseTokens(own) })],
  [["decoding", "activations", "products", "embedding"], (own) => ({ decodeStep: decodeStep(own) })],
  [["decoding", "activations", "products", "embedding", "choice"], (own) => ({ decodeStep: drawingStep(own) })],
  [
    ["attention", "activations", "products"],
    (own) => ({
      layers: layers(own),
      activations: {
        width: 2.4,
        projections: 1.1,
        attended: 1.1,
        feedForward: 2.2,
        scores: 0,
        lowRank: 1.1,
        logits: 6, // three of them in parts, as products/in-parts.h multiplies them
        mostLogits: mostOnCard,
        halves: { feedForward: 1.1, lowRank: 0.55, logits: 3 },
      },
    }),
  ],
];

/**
 * Kernels of native TensorFlow on NVIDIA's cards. What needs a room whose kernels this card's compiler refused is
 * composed of TF.js operations instead.
 */
export const cuda = (operations: Operations, refused: readonly Room[] = []): Kernels =>
  Object.assign(
    {},
    composed,
    ...parts.filter(([rooms]) => !rooms.some((room) => refused.includes(room))).map(([, part]) => part(operations)),
  ) as Kernels;
