import { tf } from "../backend/tf";
import { differentiable } from "../backend/differentiable";
import type { LoraConfig } from "./lora-config";
import { product } from "../backend/composed/product";

/** The packed matrices of a layer, which may be adapted. */
export type Projection = "qkv" | "out" | "gateUp" | "down";

/**
 * A low-rank change ΔW = scale·A·B of one packed matrix (Hu et al. 2021). Of the projections in it, P are changed, with
 * r columns of A and as many rows of B each, so that B is zero outside of P blocks. Multiplying with those zeros costs
 * little, as r is small; factors apart would cost three or two times as many operations, and operations are what
 * small batches spend their time on: this way it is four more for each of a layer's four products.
 */
export type Factors = {
  a: tf.Tensor2D; // [in, P·r]
  b: tf.Tensor2D; // [P·r, out]
  blocks?: tf.Tensor2D; // [P·r, out] 1 within the blocks, 0 elsewhere; absent where one block is all of B
};

/** Changes of a decoder's layers, in their order. */
export type Adapter = {
  lora: LoraConfig;
  layers: readonly LayerFactors[];
};
export type LayerFactors = Readonly<Partial<Record<Projection, Factors>>>;

type Saved = [x: tf.Tensor2D, A: tf.Tensor2D, B: tf.Tensor2D, h: tf.Tensor2D];

/**
 * x·W + scale·(x·A)·B of [N, in], for a W that is frozen; x·W without factors. The caller owns it (or its tidy does).
 *
 * With h = scale·x·A and g = scale·dy·Bᵀ:   dx = dy·Wᵀ + g·Aᵀ,   dA = xᵀ·g,   dB = hᵀ·dy within the blocks.
 * One operation for the gradient, so that of all these only x and h are kept for it.
 */
export function projected(
  x: tf.Tensor2D,
  matrix: tf.Tensor2D,
  factors: Factors | undefined,
  scale: number,
): tf.Tensor2D {
  if (!factors) return product(x, matrix);
  const { a, b, blocks } = factors;
  const back = ([input, A, B, h]: Saved, dy: tf.Tensor2D): tf.Tensor[] =>
    tf.tidy(() => {
      const g = tf.mul(tf.matMul(dy, B, false, true), scale) as tf.Tensor2D;
      const dB = tf.matMul(h, dy, true);
      return [
        tf.add(product(dy, matrix, true), tf.matMul(g, A, false, true)),
        tf.matMul(input, g, true),
        blocks ? tf.mul(dB, blocks) : dB,
      ];
    });
  return differentiable([x, a, b], (save) => {
    const h = tf.mul(tf.matMul(x, a), scale) as tf.Tensor2D;
    save([x, a, b, h]);
    return {
      value: tf.add(product(x, matrix), tf.matMul(h, b)),
      gradFunc: (dy, saved) => back(saved as Saved, dy as tf.Tensor2D),
    };
  });
}

/** The tensors of an adapter, each once. */
export const factorTensors = ({ layers }: Adapter): tf.Tensor[] => [
  ...new Set(
    layers.flatMap((layer) => Object.values(layer).flatMap((factors) => Object.values(factors) as tf.Tensor[])),
  ),
];

/** Same structure, every tensor replaced, each once. The caller owns the results. */
export function mapAdapter({ lora, layers }: Adapter, replace: (tensor: tf.Tensor) => tf.Tensor): Adapter {
  const made = new Map(factorTensors({ lora, layers }).map((tensor) => [tensor, replace(tensor) as tf.Tensor2D]));
  const replaced = ({ a, b, blocks }: Factors): Factors => ({
    a: made.get(a)!,
    b: made.get(b)!,
    ...(blocks && { blocks: made.get(blocks)! }),
  });
  return {
    lora,
    layers: layers.map((layer) =>
      Object.fromEntries(Object.entries(layer).map(([name, factors]) => [name, replaced(factors)])),
    ),
  };
}
