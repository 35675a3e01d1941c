import type { Kernels } from "../../kernels";
import type { Operations } from "../../native/operations";
import { tf } from "../../tf";

/** One operation for all variables. It writes into the memory of the moments; the rates travel as a list of bits. */
export const adam =
  (operations: Operations): Kernels["adam"] =>
  (parts, { beta1, beta2, epsilon, rate, correction, shrink, scale }) => {
    const rates = Float32Array.of(beta1, 1 - beta1, beta2, 1 - beta2, epsilon, rate, correction, shrink, scale);
    const moved = operations.run(
      "DecoderAdamAll",
      [
        ...parts.map(({ variable }) => variable),
        ...parts.map(({ gradient }) => gradient),
        ...parts.map(({ first }) => first),
        ...parts.map(({ second }) => second),
        new Int32Array(rates.buffer),
      ],
      parts.length,
      { numbers: parts.length },
    );
    parts.forEach(({ variable }, i) => variable.assign(moved[i]!));
    tf.dispose(moved);
  };

export const squaredNorm =
  (operations: Operations): Kernels["squaredNorm"] =>
  (gradients) =>
    operations.run("DecoderSquaresAll", gradients, 1, { numbers: gradients.length })[0] as tf.Scalar;
