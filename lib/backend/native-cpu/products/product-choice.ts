import type { VectorWidthName } from "../vectors/vector-width";

/** Multiply-adds below which our own product is the faster at every width: oneDNN spends longer on getting ready. */
const fewMultiplications = 2 ** 26;

/** Columns up to which ours is the faster with vectors narrower than AVX-512. */
const fewColumns = 512;

const isPowerOfTwo = (n: number): boolean => (n & (n - 1)) === 0;

/**
 * Whether our own matrix product is faster than oneDNN's, as measured on two cores of an AMD EPYC (Zen 4) at both
 * widths. With AVX-512, oneDNN wins large products by a tenth. Held to AVX2 it loses up to a third where the rows of a
 * transposed left matrix lie a power of two apart, which then push each other out of the first cache.
 *
 * @param transposeA whether the left matrix lies transposed, as in the gradient of weights
 * @param vectors the width in use; undefined where there are no kernels of ours
 */
export function ownProductIsFaster(
  M: number,
  K: number,
  N: number,
  transposeA: boolean,
  vectors: VectorWidthName | undefined,
): boolean {
  if (vectors === undefined) return false;
  if (M * K * N < fewMultiplications) return true;
  return vectors !== "avx512" && (transposeA ? isPowerOfTwo(M) : N <= fewColumns);
}
