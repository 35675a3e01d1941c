import { widen } from "../bfloat16";
import { tf } from "../tf";
import { differentiable } from "../differentiable";

/**
 * Products with the matrices of a decoder, in whichever form they are kept: float32, or frozen as bfloat16 pairs
 * (backend/bfloat16.ts), which are widened for each product and forgotten after it.
 */

/** Whether a matrix is kept as bfloat16: int32, of half as many columns. */
export const isHalf = (matrix: tf.Tensor): boolean => matrix.dtype === "int32";

/** The shape of what a matrix, or a vector, holds. */
export const shapeOf = (tensor: tf.Tensor): number[] =>
  isHalf(tensor) ? [tensor.shape[0]!, 2 * tensor.shape[1]!] : tensor.shape;

/** What it holds, as float32. */
export function numbersOf(tensor: tf.Tensor): Float32Array {
  if (!isHalf(tensor)) return tensor.dataSync() as Float32Array;
  const wide = widen(tensor as tf.Tensor2D);
  try {
    return wide.dataSync() as Float32Array;
  } finally {
    wide.dispose();
  }
}

/** x·W, or x·Wᵀ if `transposed`, as for a vocabulary. Differentiable in x, and in W where that is float32. The caller owns it. */
export function product(x: tf.Tensor2D, matrix: tf.Tensor2D, transposed = false): tf.Tensor2D {
  if (!isHalf(matrix)) return wideProduct(x, matrix, transposed);
  const [forward, backward] = transposed ? [byRows, overRows] : [times(false), times(true)];
  return differentiable([x], () => ({
    value: forward(x, matrix),
    gradFunc: (dy) => [backward(dy as tf.Tensor2D, matrix)], // the matrix is older than the loss: it need not be saved
  }));
}

/** The same of a float32 matrix. */
const wideProduct = (x: tf.Tensor2D, matrix: tf.Tensor2D, transposed: boolean): tf.Tensor2D =>
  differentiable([x, matrix], (save) => {
    save([x, matrix]);
    const gradFunc = (dy: tf.Tensor, [input, W]: tf.Tensor[]) => [
      () => tf.matMul(dy, W!, false, !transposed),
      () => (transposed ? tf.matMul(dy, input!, true) : tf.matMul(input!, dy, true)),
    ];
    return { value: tf.matMul(x, matrix, false, transposed), gradFunc };
  });

/** Rows of a matrix at `ids` [N], as float32 [N, C]. Differentiable where the matrix is float32. The caller owns them. */
export const rowsAt = (matrix: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D =>
  tf.tidy(() => (isHalf(matrix) ? widen(tf.gather(matrix, ids)) : tf.gather(matrix, ids)));

/** x·W or x·Wᵀ. A tidy of its own, for what a gradient makes is otherwise kept until the backward pass ends. */
const times =
  (transposed: boolean) =>
  (x: tf.Tensor2D, matrix: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => tf.matMul(x, widen(matrix), false, transposed));

/** Numbers of a vocabulary's matrix that are widened at once: 64 MB of float32. */
const pieceSize = 1 << 24;

/** x·Wᵀ = [x·W₁ᵀ, x·W₂ᵀ …], W cut into rows. */
const byRows = (x: tf.Tensor2D, matrix: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => {
    const parts = pieces(matrix).map(({ rows }) => times(true)(x, rows));
    return parts.length === 1 ? parts[0]! : tf.concat(parts, 1);
  });

/** x·W = x₁·W₁ + x₂·W₂ …, W cut into rows. */
const overRows = (x: tf.Tensor2D, matrix: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() =>
    tf.addN(pieces(matrix).map(({ from, rows }) => times(false)(tf.slice2d(x, [0, from], [-1, rows.shape[0]]), rows))),
  );

/** Some rows of a matrix each. On native TensorFlow they are no copies. */
const pieces = (matrix: tf.Tensor2D): { from: number; rows: tf.Tensor2D }[] => {
  const [all, pairs] = matrix.shape;
  return piecesOf(all, 2 * pairs).map(({ from, length }) => ({
    from,
    rows: length === all ? matrix : tf.slice2d(matrix, [from, 0], [length, pairs]),
  }));
};

/** Rows of a matrix [rows, columns] in stretches that may be widened at once. */
export function piecesOf(rows: number, columns: number): { from: number; length: number }[] {
  const most = Math.max(1, Math.floor(pieceSize / columns));
  return Array.from({ length: Math.ceil(rows / most) }, (_, i) => ({
    from: i * most,
    length: Math.min(most, rows - i * most),
  }));
}
