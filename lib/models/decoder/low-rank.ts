import type { tf } from "../../backend/tf";
import type { LoraConfig } from "./lora-config";
import type { LowRankFactors } from "../../backend/kernels";
import { kernels } from "../../backend/kernels-in-use";

/** The packed matrices of a layer, which may be adapted. */
export type Projection = "qkv" | "out" | "gateUp" | "down";

/**
 * A low-rank change ΔW = scale·A·B of one packed matrix (Hu et al. 2021). P of the matrix's projections are adapted.
 * Each has r columns of A and r rows of B, so B is zero outside of P blocks. Multiplying with these zeros costs little,
 * because r is small. Separate factors would need two or three times as many operations, and small batches spend most
 * of their time on the number of operations: packed, a layer needs four more for each of its four products.
 */
export type Factors = LowRankFactors;

/** Changes of a decoder's layers, in their order. */
export type Adapter = {
  lora: LoraConfig;
  layers: readonly LayerFactors[];
};
/** The low-rank factors of one layer, by the matrix that they change. */
export type LayerFactors = Readonly<Partial<Record<Projection, Factors>>>;

/** x·W of [N, in], or x·W + scale·(x·A)·B for a W that is frozen. The caller owns it (or its tidy does). */
export const projected = (
  x: tf.Tensor2D,
  matrix: tf.Tensor2D,
  factors: Factors | undefined,
  scale: number,
): tf.Tensor2D => (factors ? kernels().lowRankProduct(x, matrix, factors, scale) : kernels().product(x, matrix));

/** The tensors of an adapter. A shared tensor is listed once. */
export const factorTensors = ({ layers }: Adapter): tf.Tensor[] => [
  ...new Set(
    layers.flatMap((layer) => Object.values(layer).flatMap((factors) => Object.values(factors) as tf.Tensor[])),
  ),
];

/** The same structure with every tensor replaced. A shared tensor is replaced once. The caller owns the results. */
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
