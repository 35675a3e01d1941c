import { test } from "uvu";
import { composed } from "../../../lib/backend/composed/kernels";
import { cuda } from "../../../lib/backend/cuda/kernels";
import { useBackend } from "../../../lib/backend/choose";
import { gradients } from "../../../lib/backend/gradients";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { random } from "../../../lib/core/random";
import { close, numbers } from "../../fixtures";
import { skip } from "../../skip";

// Rows in such numbers, and of whole 16 bytes, that kernels of their own compute them.
for (const [N, C] of [
  [259, 36],
  [256, 132],
] as const)
  test(`a warp computes a row of a norm where there are many rows: [${N}, ${C}]`, async () => {
    const native = await useBackend("native").then(nativeBackend, () => undefined);
    const operations = native && !native.isUsingGpuDevice ? emulatedOperations() : undefined;
    if (!native || (!native.isUsingGpuDevice && !operations))
      return skip("native TensorFlow, with the operations that set-up compiles, is not here");
    const rng = random("rows").fork(String(N));
    const draw = (shape: number[]) =>
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => 2 * rng.next() - 1),
        shape,
      );
    const [x, weight] = [tf.variable(draw([N, C])), tf.variable(draw([C]))];
    const upstream = draw([N, C]);
    const measured = (norm: typeof composed.rmsNorm) => {
      const loss = () =>
        tf.sum(
          tf.mul(norm(x as unknown as tf.Tensor2D, weight as unknown as tf.Tensor1D, 1e-5), upstream),
        ) as tf.Scalar;
      const { value, gradients: found } = gradients(() => tf.tidy(loss), [x, weight]);
      return [value, ...found];
    };
    const actual = measured((operations ? cuda(operations) : kernels()).rmsNorm);
    const expected = measured(composed.rmsNorm);
    actual.forEach((tensor, i) =>
      close(numbers(tensor), numbers(expected[i]!), { rtol: 1e-4, atol: 1e-4, what: `value ${i}` }),
    );
    tf.dispose([...actual, ...expected, x, weight, upstream]);
  });

test.run();
