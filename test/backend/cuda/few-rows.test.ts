import { test } from "uvu";
import { useBackend } from "../../../lib/backend/choose";
import { widenInto } from "../../../lib/backend/bfloat16";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations, operationsOf } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { random } from "../../../lib/core/random";
import { close, numbers } from "../../fixtures";
import { skip } from "../../skip";

/** Operations of CUDA on a card if there is one, else in the emulation; undefined where the addon has neither. */
const operationsHere = async () => {
  const native = await useBackend("native").then(nativeBackend, () => undefined);
  return native?.isUsingGpuDevice ? operationsOf(native) : native && emulatedOperations();
};

// Kernels take up to 8 rows, or 16, in groups where there are more. Which one reads the matrix, and how many blocks
// share its columns, depends on its shape and on the multiprocessors, of which the emulation has two. The rows of the
// last two matrices do not begin at whole 16 bytes: kernels without tensor cores read them.
for (const [rows, K, N, transposed, what] of [
  [1, 16, 32, false, "a tile"],
  [3, 36, 72, false, "tiles that are not full"],
  [12, 300, 40, false, "more than 8 rows"],
  [5, 84, 136, false, "many columns"],
  [31, 300, 136, false, "many columns, and groups of rows"],
  [8, 1100, 40, false, "blocks that share columns"],
  [9, 1100, 24, false, "many inputs of more than 8 rows"],
  [1, 32, 64, true, "transposed, a tile"],
  [7, 40, 75, true, "transposed, tiles that are not full"],
  [16, 1056, 37, true, "transposed, many inputs"],
  [32, 64, 70, true, "transposed, groups of rows"],
  [5, 35, 30, false, "an odd number of inputs"],
  [5, 36, 30, true, "transposed, rows that begin anywhere"],
] as const)
  test(`a product of few rows with bfloat16: ${what}`, async () => {
    const operations = await operationsHere();
    if (!operations) return skip("native TensorFlow, with the operations that set-up compiles, is not here");
    const rng = random("few-rows").fork(what);
    const x = Float32Array.from({ length: rows * K }, () => 2 * rng.next() - 1);
    const pairs = Int32Array.from({ length: (K * N) / 2 }, () => {
      const [low, high] = [0, 0].map(() => new Int32Array(Float32Array.of(2 * rng.next() - 1).buffer)[0]! >>> 16);
      return low! | (high! << 16);
    });
    const wide = new Float32Array(K * N);
    widenInto(wide, pairs);
    const at = (k: number, n: number) => wide[transposed ? n * K + k : k * N + n]!;
    const expected = Array.from({ length: rows * N }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += x[Math.floor(i / N) * K + k]! * at(k, i % N);
      return sum;
    });
    const left = tf.tensor2d(x, [rows, K]);
    const matrix = tf.tensor2d(pairs, transposed ? [N, K / 2] : [K, N / 2], "int32");
    const multiplied = () =>
      numbers(operations.run("DecoderHalfProduct", [left, matrix], 1, { transpose_b: Number(transposed) })[0]!);
    const actual = multiplied();
    close(actual, expected, { rtol: 1e-5, atol: 1e-5, what });
    close(multiplied(), actual, { rtol: 0, atol: 0, what: "once more" });
    tf.dispose([left, matrix]);
  });

test.run();
