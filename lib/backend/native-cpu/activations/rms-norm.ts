import { differentiable } from "../../differentiable";
import type { Operations } from "../../native/operations";
import type { tf } from "../../tf";

/** The norm of Kernels: one pass over the rows, and one for the gradient (rows-inl.h). */
export const rmsNorm =
  (operations: Operations) =>
  (x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D =>
    differentiable([x, weight], (save) => {
      const [value] = operations.run("DecoderNorm", [x, weight], 1, { epsilon });
      save([x, weight]);
      return {
        value: value!,
        gradFunc: (dy, saved) => operations.run("DecoderNormGrad", [...saved, dy], 2, { epsilon }),
      };
    });
