import { isHalf } from "../../bfloat16";
import { differentiable } from "../../differentiable";
import type { Kernels } from "../../kernels";
import type { Operations } from "../../native/operations";

const nothing = { floats: new Float32Array(0), halves: new Int32Array(0) };

/** Rows by one operation. The gradient adds up the rows of each id in their order. */
export const embedding =
  (operations: Operations): Kernels["embedding"] =>
  (matrix, ids) => {
    const given = isHalf(matrix) ? [nothing.floats, matrix] : [matrix, nothing.halves];
    const rows = matrix.shape[0];
    return differentiable(isHalf(matrix) ? [] : [matrix], (save) => {
      save([ids]);
      return {
        value: operations.run("DecoderEmbedding", [...given, ids], 1)[0]!,
        gradFunc: (dy, [own]) => operations.run("DecoderEmbeddingGrad", [own!, dy], 1, { rows }),
      };
    });
  };
