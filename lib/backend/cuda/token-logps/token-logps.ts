import { isHalf } from "../../bfloat16";
import { differentiable } from "../../differentiable";
import type { Kernels } from "../../kernels";
import type { Operations } from "../../native/operations";
import { isRecording } from "../../tape";
import type { tf } from "../../tf";

/** Logits that are held at once where nothing else is asked for: 1 GB. Those that are not held are computed twice. */
export const mostOnCard = 2 ** 28;

/** One operation, and one for the gradient. Logits are kept between them where all are held at once. */
export const tokenLogps =
  (operations: Operations): Kernels["tokenLogps"] =>
  (hidden, head, labels, temperature = 1, { most = mostOnCard, frozen = isHalf(head) } = {}) => {
    const saves = Number(isRecording());
    return differentiable<tf.Tensor2D>(frozen ? [hidden] : [hidden, head], (save) => {
      const matrices = isHalf(head) ? [new Float32Array(0), head] : [head, new Int32Array(0)];
      const inputs = [hidden, ...matrices, labels];
      const settings = { most, temperature };
      const [value, ...statistics] = operations.run("DecoderTokenLogps", inputs, 3, { ...settings, saves });
      save([hidden, head, labels, ...statistics]);
      return {
        value: value!,
        gradFunc: (dy, [x, W, own, ...kept]) => {
          const given = isHalf(W!) ? [new Float32Array(0), W!] : [W!, new Int32Array(0)];
          const made = operations.run("DecoderTokenLogpsGrad", [x!, ...given, own!, ...kept, dy], 2, {
            ...settings,
            frozen: Number(frozen),
          });
          return frozen ? [made[0]!] : made;
        },
      };
    });
  };
