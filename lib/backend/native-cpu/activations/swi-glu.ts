import { differentiable } from "../../differentiable";
import type { Operations } from "../../native/operations";
import type { tf } from "../../tf";

/** The gate of Kernels: one pass over the rows, and one for the gradient (rows-inl.h). */
export const swiGlu =
  (operations: Operations) =>
  (gateUp: tf.Tensor2D): tf.Tensor2D =>
    differentiable([gateUp], (save) => {
      const [value] = operations.run("DecoderGate", [gateUp], 1);
      save([gateUp]);
      return { value: value!, gradFunc: (dy, saved) => operations.run("DecoderGateGrad", [...saved, dy], 1) };
    });
