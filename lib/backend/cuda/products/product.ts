import { isHalf } from "../../bfloat16";
import { product as composed } from "../../composed/product";
import { differentiable } from "../../differentiable";
import type { Kernels } from "../../kernels";
import type { Operations } from "../../native/operations";
import type { tf } from "../../tf";

/** cuBLAS by TensorFlow; products with bfloat16 read the matrix as it is, or widen it in memory of the operation. */
export const product =
  (operations: Operations): Kernels["product"] =>
  (x, matrix, transposed = false) => {
    if (!isHalf(matrix)) return composed(x, matrix, transposed);
    const times = (rows: tf.Tensor, turned: boolean) =>
      operations.run("DecoderHalfProduct", [rows, matrix], 1, { transpose_b: Number(turned) })[0]!;
    return differentiable([x], () => ({
      value: times(x, transposed),
      gradFunc: (dy) => [times(dy, !transposed)],
    }));
  };
