import type { Kernels } from "../../kernels";
import { floatType, nativeProcessor } from "../../native/binding";
import type { Operations } from "../../native/operations";
import { tf } from "../../tf";

/** One pass over each variable and its moments (adam-inl.h). The operation writes into the memory of the moments. */
export const adam =
  (operations: Operations): Kernels["adam"] =>
  (parts, { beta1, beta2, epsilon, rate, correction, shrink, scale }) => {
    const rates = Float32Array.of(beta1, 1 - beta1, beta2, 1 - beta2, epsilon, rate, correction, shrink, scale);
    for (const { variable, gradient, first, second } of parts) {
      const [moved] = operations.run("DecoderAdam", [variable, gradient, first, second, rates], 1);
      variable.assign(moved!);
      moved!.dispose();
    }
  };

/** By TensorFlow's L2Loss, which is half of a sum of squares. */
export const squaredNorm: Kernels["squaredNorm"] = (gradients) => {
  const native = nativeProcessor()!;
  return tf.tidy(() => {
    const halves = gradients.map(
      (gradient) => native.executeSingleOutput("L2Loss", [floatType(native)], [gradient]) as tf.Scalar,
    );
    return tf.mul(tf.addN(halves), 2);
  });
};
