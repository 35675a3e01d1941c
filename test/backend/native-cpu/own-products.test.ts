import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { useBackend } from "../../../lib/backend/choose";
import { ownProductIsFaster } from "../../../lib/backend/native-cpu/products/product-choice";
import { nativeOperations, type Operations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { close, numbers, tensorsLeftBy } from "../../fixtures";
import { skip } from "../../skip";

let own: Operations | undefined;
test.before(async () => {
  own = await useBackend("native").then(nativeOperations, () => undefined);
});

const wave = (shape: [number, number], phase: number): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(1.3 * i * i + phase)),
    shape,
  );

/** a·b by its definition, in double precision. */
function product(a: tf.Tensor2D, b: tf.Tensor2D, across: boolean, transposed: boolean): number[] {
  const [x, w] = [numbers(a), numbers(b)];
  const [M, K] = across ? [a.shape[1], a.shape[0]] : a.shape;
  const N = b.shape[transposed ? 0 : 1]!;
  const left = (m: number, k: number) => x[across ? k * M + m : m * K + k]!;
  const right = (k: number, n: number) => w[transposed ? n * K + k : k * N + n]!;
  return Array.from({ length: M * N }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += left(Math.floor(i / N), k) * right(k, i % N);
    return sum;
  });
}

test("our product of two matrices is that of its definition at every edge of its tiles; no tensor leaks", async () => {
  if (!own) return skip("native TensorFlow, with the operations that set-up compiles, is not here");
  const rng = random("shapes");
  const edges = [
    [1, 1, 1],
    [1, 300, 33],
    [4, 257, 31],
    [5, 7, 64],
    [13, 256, 65],
    [25, 513, 17],
    [500, 3, 35],
    [486, 20, 70],
  ];
  const drawn = Array.from({ length: 12 }, () => [1 + rng.below(70), 1 + rng.below(300), 1 + rng.below(100)]);
  const left = await tensorsLeftBy(() => {
    for (const [M, K, N] of [...edges, ...drawn] as [number, number, number][]) {
      for (const [across, transposed] of [
        [false, false],
        [false, true],
        [true, false],
      ] as const) {
        tf.tidy(() => {
          const a = wave(across ? [K, M] : [M, K], 1);
          const b = wave(transposed ? [N, K] : [K, N], 2);
          const flags = { transpose_a: Number(across), transpose_b: Number(transposed) };
          const [y] = own!.run("DecoderMatMul", [a, b], 1, flags);
          assert.equal(y!.shape, [M, N]);
          const what = `${M}x${K}x${N} ${across ? "across" : ""} ${transposed ? "transposed" : ""}`;
          close(numbers(y!), product(a, b, across, transposed), { rtol: 1e-4, atol: 1e-5 * K, what });
        });
      }
    }
  });
  assert.is(left, 0);
});

test("matrices that do not fit together are refused", () => {
  if (!own) return skip("native TensorFlow, with the operations that set-up compiles, is not here");
  const run = (a: tf.Tensor, b: tf.Tensor) => () =>
    own!.run("DecoderMatMul", [a, b], 1, { transpose_a: 0, transpose_b: 0 });
  tf.tidy(() => {
    assert.throws(run(tf.zeros([2, 3]), tf.zeros([4, 5])), /shapes do not fit/);
    assert.throws(run(tf.zeros([2, 3, 1]), tf.zeros([3, 5])), /no matrix/);
  });
});

test("few rows are multiplied by our own product at every width, large products by oneDNN with AVX-512", () => {
  assert.is(ownProductIsFaster(64, 256, 2048, false, "avx512"), true); // 2^25 multiplications
  assert.is(ownProductIsFaster(4096, 256, 1024, false, "avx512"), false); // 2^30
  assert.is(ownProductIsFaster(4096, 256, 1024, false, "avx2"), false);
  assert.is(ownProductIsFaster(4096, 256, 512, false, "avx2"), true);
  assert.is(ownProductIsFaster(256, 4096, 1024, true, "avx2"), true); // rows 1 KB apart
  assert.is(ownProductIsFaster(576, 4096, 1024, true, "avx2"), false);
  assert.is(ownProductIsFaster(1, 1, 1, false, undefined), false); // an addon without kernels of ours
});

test.run();
