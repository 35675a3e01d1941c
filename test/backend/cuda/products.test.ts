import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations, operationsOf, type Operations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { random } from "../../../lib/core/random";
import { skip } from "../../skip";

/** The CUDA operations on a card if there is one, else in the emulation. */
async function operationsHere(): Promise<Operations | undefined> {
  const native = await useBackend("native").then(nativeBackend, () => undefined);
  return native?.isUsingGpuDevice ? (kernels(), operationsOf(native)) : native && emulatedOperations();
}

/** |made − exact| / |exact|, of a product [M, N] summed over K. */
function errorOf(made: Float32Array, exact: Float64Array): number {
  const [difference, size] = [0, 1].map((which) =>
    Math.sqrt(exact.reduce((sum, x, i) => sum + (which ? x : x - made[i]!) ** 2, 0)),
  ) as [number, number];
  return difference / size;
}

// M, N and K that are no multiples of a tile, both widths of a tile, and sums in one stretch and in several
for (const [M, N, K] of [
  [68, 96, 20],
  [132, 132, 36],
  [64, 256, 548],
] as const)
  for (const [turnedA, turnedB] of [
    [0, 0],
    [0, 1],
    [1, 0],
  ] as const)
    test(`float32 products on tensor cores have float32's accuracy: ${M}×${N}×${K}, turned ${turnedA} ${turnedB}`, async () => {
      const operations = await operationsHere();
      if (!operations) return skip("native TensorFlow, with the operations that set-up compiles, is not here");
      const rng = random("products").fork(`${M} ${turnedA}`);
      const draw = (n: number) => Float32Array.from({ length: n }, () => 2 * rng.next() - 1);
      const [a, b] = [draw(M * K), draw(K * N)];
      const exact = new Float64Array(M * N);
      for (let m = 0; m < M; m++)
        for (let n = 0; n < N; n++)
          for (let k = 0; k < K; k++)
            exact[m * N + n]! += a[turnedA ? k * M + m : m * K + k]! * b[turnedB ? n * K + k : k * N + n]!;
      const left = tf.tensor2d(a, turnedA ? [K, M] : [M, K]);
      const right = tf.tensor2d(b, turnedB ? [N, K] : [K, N]);
      const [product] = operations.run("DecoderFloatProduct", [left, right], 1, {
        transpose_a: turnedA,
        transpose_b: turnedB,
      });
      assert.equal(product!.shape, [M, N]);
      const error = errorOf((await product!.data()) as Float32Array, exact);
      assert.ok(error < 6e-7, `the error is ${error}`); // parts of 10 bits alone would leave 3e-4
      tf.dispose([left, right, product!]);
    });

test.run();
