import { tokenLogpsBy } from "../../composed/token-logps";
import type { Kernels } from "../../kernels";
import type { Operations } from "../../native/operations";
import type { tf } from "../../tf";

/**
 * Sums and gradient of a slice's logits in one pass each (labels-inl.h); slices and products are those of `composed`.
 */
export const tokenLogps = (operations: Operations): Kernels["tokenLogps"] =>
  tokenLogpsBy({
    labelSums: (l, labels, { from: first }) =>
      operations.run("DecoderLabelSums", [l, labels], 1, { first })[0] as tf.Tensor2D,
    logitsGradient: (l, labels, logTotal, mean, dy, { from: first }) =>
      operations.run("DecoderLabelGrad", [l, labels, logTotal, mean, dy], 1, { first })[0] as tf.Tensor2D,
  });
