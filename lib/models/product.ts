import { widen } from "./backend/bfloat16";
import { tf } from "./backend/tf";

/**
 * Products with the matrices of a decoder, in whichever form they are kept: float32, or frozen as bfloat16 pairs
 * (backend/bfloat16.ts), which are widened a piece at a time and forgotten after it.
 */

/** Whether a matrix is kept as bfloat16: int32, of half as many columns. */
export const isHalf = (matrix: tf.Tensor): boolean => matrix.dtype === "int32";

/** The shape of what a matrix, or a vector, holds. */
export const shapeOf = (tensor: tf.Tensor): number[] => (isHalf(tensor) ? [tensor.shape[0]!, 2 * tensor.shape[1]!] : tensor.shape);

/** What it holds, as float32. */
export const numbersOf = (tensor: tf.Tensor): Float32Array => tf.tidy(() => (isHalf(tensor) ? widen(tensor as tf.Tensor2D) : tensor).dataSync() as Float32Array);

/** x·W, or x·Wᵀ if `transposed`. Differentiable in x, and in W where that is float32. The caller owns it. */
export function product(x: tf.Tensor2D, matrix: tf.Tensor2D, transposed = false): tf.Tensor2D {
  if (!isHalf(matrix)) return tf.matMul(x, matrix, false, transposed);
  const [forward, backward] = transposed ? [byRows, overRows] : [byColumns, byRows];
  const operation = tf.customGrad((...args: unknown[]) => ({
    value: forward(args[0] as tf.Tensor2D, matrix),
    gradFunc: (dy: tf.Tensor) => backward(dy as tf.Tensor2D, matrix), // the matrix is older than the loss: it need not be saved
  }));
  return operation(x) as tf.Tensor2D;
}

/** Rows of a matrix at `ids` [N], as float32 [N, C]. Differentiable where the matrix is float32. The caller owns them. */
export const rowsAt = (matrix: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D => tf.tidy(() => (isHalf(matrix) ? widen(tf.gather(matrix, ids)) : tf.gather(matrix, ids)));

/** Numbers that are widened at once: 16 MB of float32. The system takes larger pieces of memory back each time, and clearing them again took most of the time. */
const pieceSize = 1 << 22;

/** x·W = [x·W₁, x·W₂ …], W cut into columns. A tidy for each piece: what a gradient makes is otherwise kept until the pass ends. */
function byColumns(x: tf.Tensor2D, matrix: tf.Tensor2D): tf.Tensor2D {
  const [rows, pairs] = matrix.shape;
  const piece = (from: number, length: number): tf.Tensor2D => tf.tidy(() => tf.matMul(x, widen(length === pairs ? matrix : tf.slice2d(matrix, [0, from], [rows, length]))));
  return tf.tidy(() => joined(cuts(pairs, 2 * rows).map(([from, length]) => piece(from, length))));
}

/** x·Wᵀ = [x·W₁ᵀ, x·W₂ᵀ …], W cut into rows. */
const byRows = (x: tf.Tensor2D, matrix: tf.Tensor2D): tf.Tensor2D => tf.tidy(() => joined(rowCuts(matrix).map(([from, length]) => tf.tidy(() => tf.matMul(x, widen(someRows(matrix, from, length)), false, true)))));

/** x·W = x₁·W₁ + x₂·W₂ …, W cut into rows, for a W that is tall. */
const overRows = (x: tf.Tensor2D, matrix: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.addN(rowCuts(matrix).map(([from, length]): tf.Tensor2D => tf.tidy(() => tf.matMul(tf.slice2d(x, [0, from], [-1, length]), widen(someRows(matrix, from, length)))))));

const joined = (parts: readonly tf.Tensor2D[]): tf.Tensor2D => (parts.length === 1 ? parts[0]! : tf.concat([...parts], 1));

const someRows = (matrix: tf.Tensor2D, from: number, length: number): tf.Tensor2D => (length === matrix.shape[0] ? matrix : (tf.slice(matrix, [from, 0], [length, -1]) as tf.Tensor2D));

const rowCuts = ({ shape: [rows, pairs] }: tf.Tensor2D) => cuts(rows, 2 * pairs);

/** `count` lines of `size` numbers each, in pieces that may be widened at once. */
function cuts(count: number, size: number): [from: number, length: number][] {
  const most = Math.max(1, Math.floor(pieceSize / size));
  return Array.from({ length: Math.ceil(count / most) }, (_, i) => [i * most, Math.min(most, count - i * most)]);
}
