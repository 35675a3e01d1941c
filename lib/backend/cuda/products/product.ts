import { isHalf } from "../../bfloat16";
import { wideProduct } from "../../composed/product";
import { differentiable } from "../../differentiable";
import type { Kernels } from "../../kernels";
import type { Operations } from "../../native/operations";
import type { tf } from "../../tf";

/** Both kinds of matrices by one operation each, which reads bfloat16 as it is or widens it in memory of its own. */
export const product = (operations: Operations): Kernels["product"] => {
  const floats = (a: tf.Tensor, b: tf.Tensor, turnedA = false, turnedB = false) =>
    operations.run("DecoderFloatProduct", [a, b], 1, {
      transpose_a: Number(turnedA),
      transpose_b: Number(turnedB),
    })[0]!;
  return (x, matrix, transposed = false) => {
    if (!isHalf(matrix)) return wideProduct(x, matrix, transposed, floats);
    const times = (rows: tf.Tensor, turned: boolean) =>
      operations.run("DecoderHalfProduct", [rows, matrix], 1, { transpose_b: Number(turned) })[0]!;
    return differentiable([x], () => ({
      value: times(x, transposed),
      gradFunc: (dy) => [times(dy, !transposed)],
    }));
  };
};
