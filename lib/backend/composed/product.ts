import { isHalf, piecesOf, widen } from "../bfloat16";
import { differentiable } from "../differentiable";
import { tf } from "../tf";

/**
 * The product of Kernels. A bfloat16 matrix is widened for each product, and its float32 form is disposed of after it.
 */
export function product(x: tf.Tensor2D, matrix: tf.Tensor2D, transposed = false): tf.Tensor2D {
  if (!isHalf(matrix)) return wideProduct(x, matrix, transposed, tf.matMul);
  const [forward, backward] = transposed ? [byRows, overRows] : [times(false), times(true)];
  return differentiable([x], () => ({
    value: forward(x, matrix),
    // The matrix is older than the loss, so that it need not be saved.
    gradFunc: (dy) => [backward(dy as tf.Tensor2D, matrix)],
  }));
}

type MatMul = (a: tf.Tensor, b: tf.Tensor, transposeA?: boolean, transposeB?: boolean) => tf.Tensor;

/** The same of a float32 matrix, by this product of two matrices. */
export const wideProduct = (x: tf.Tensor2D, matrix: tf.Tensor2D, transposed: boolean, matMul: MatMul): tf.Tensor2D =>
  differentiable([x, matrix], (save) => {
    save([x, matrix]);
    const gradFunc = (dy: tf.Tensor, [input, W]: tf.Tensor[]) => [
      () => matMul(dy, W!, false, !transposed),
      () => (transposed ? matMul(dy, input!, true) : matMul(input!, dy, true)),
    ];
    return { value: matMul(x, matrix, false, transposed), gradFunc };
  });

/** x·W or x·Wᵀ. A tidy of its own, for what a gradient makes is otherwise kept until the backward pass ends. */
const times =
  (transposed: boolean) =>
  (x: tf.Tensor2D, matrix: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => tf.matMul(x, widen(matrix), false, transposed));

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
