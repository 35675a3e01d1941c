import { widening } from "../../bfloat16";
import type { Operations } from "../../native/operations";
import { replaceKernel } from "../../replace-kernel";
import type { tf } from "../../tf";

/** Widens on the card. TensorFlow's Bitcast would take the pairs through the host's memory. */
export const bfloat16OnCuda = (operations: Operations): void =>
  replaceKernel(widening, "tensorflow", ({ inputs }) => {
    const { pairs } = inputs as { pairs: tf.Tensor2D };
    return operations.run("DecoderWiden", [pairs], 1)[0]!;
  });
