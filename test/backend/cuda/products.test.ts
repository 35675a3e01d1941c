import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations, operationsOf, type Operations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { random } from "../../../lib/core/random";
import { skip } from "../../skip";

/** The CUDA operations on a card if there is one, else in the emulation, where a product of small sizes is in parts. */
async function operationsHere(): Promise<{ readonly operations: Operations; readonly larger: number } | undefined> {
  const native = await useBackend("native").then(nativeBackend, () => undefined);
  if (native?.isUsingGpuDevice) return (kernels(), { operations: operationsOf(native), larger: 32 });
  const operations = native && emulatedOperations();
  return operations && { operations, larger: 1 };
}
const absent = "native TensorFlow, with the operations that set-up compiles, is not here";

/** a·b as an operation computes it, in the layouts that `turnedA` and `turnedB` name. */
interface Product {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly sizes: readonly [M: number, N: number, K: number];
  readonly turnedA: number;
  readonly turnedB: number;
}

function made(operations: Operations, { a, b, sizes: [M, N, K], turnedA, turnedB }: Product): Float32Array {
  const left = tf.tensor2d(a, turnedA ? [K, M] : [M, K]);
  const right = tf.tensor2d(b, turnedB ? [N, K] : [K, N]);
  const layout = { transpose_a: turnedA, transpose_b: turnedB };
  const [product] = operations.run("DecoderFloatProduct", [left, right], 1, layout);
  assert.equal(product!.shape, [M, N]);
  const numbers = product!.dataSync() as Float32Array;
  tf.dispose([left, right, product!]);
  return numbers;
}

/** |made − exact| / |exact| over some numbers of the product. */
function errorOf(product: Product, found: Float32Array, sampled: number): number {
  const { a, b, turnedA, turnedB } = product;
  const [M, N, K] = product.sizes;
  const rng = random("sample");
  let [difference, size] = [0, 0];
  for (let i = 0; i < sampled; i++) {
    const [m, n] = [rng.below(M), rng.below(N)];
    let exact = 0;
    for (let k = 0; k < K; k++) exact += a[turnedA ? k * M + m : m * K + k]! * b[turnedB ? n * K + k : k * N + n]!;
    (difference += (exact - found[m * N + n]!) ** 2), (size += exact ** 2);
  }
  return Math.sqrt(difference / size);
}

const layouts = [
  [0, 0],
  [0, 1],
  [1, 0],
] as const;

// sums along columns and along rows; sizes that are no multiples of 8; few numbers to read and many to write, and the
// other way round; a sum that is cut into stretches
for (const [M, N, K] of [
  [68, 96, 20],
  [33, 35, 37],
  [40, 48, 548],
  [33, 32, 2100],
] as const)
  for (const [turnedA, turnedB] of layouts)
    test(`products in parts have float32's accuracy: ${M}×${N}×${K}, turned ${turnedA} ${turnedB}`, async () => {
      const here = await operationsHere();
      if (!here) return skip(absent);
      const sizes = [M * here.larger, N * here.larger, K * (K > 500 ? Math.min(4, here.larger) : here.larger)] as const;
      const rng = random("products").fork(`${M} ${turnedA} ${turnedB}`);
      const draw = (n: number) =>
        Float32Array.from({ length: n }, () => (2 * rng.next() - 1) * 2 ** (rng.below(9) - 4));
      const product = { a: draw(sizes[0] * sizes[2]), b: draw(sizes[2] * sizes[1]), sizes, turnedA, turnedB };
      const error = errorOf(product, made(here.operations, product), 400);
      assert.ok(error < 1e-6, `the error is ${error}`); // one part of 8 bits alone would leave 2e-3, two parts 1e-5
    });

test("a number that is none, the largest ones and the smallest ones come through a product in parts", async () => {
  const here = await operationsHere();
  if (!here) return skip(absent);
  const size = 48 * here.larger;
  const identity = Float32Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0));
  const a = new Float32Array(size * size);
  const given = [3.4028234663852886e38, -3.4028234663852886e38, 1.17549435e-38, 1 + 2 ** -23, -(2 - 2 ** -23), 1 / 3];
  a.set(given);
  a[size] = NaN;
  const sizes = [size, size, size] as const;
  const found = made(here.operations, { a, b: identity, sizes, turnedA: 0, turnedB: 0 });
  assert.equal([...found.slice(0, given.length)], [...Float32Array.from(given)]);
  for (let n = 0; n < size; n++) assert.ok(Number.isNaN(found[size + n]), `row 1 has no number in column ${n}`);
  assert.equal(found[2 * size], 0);
});

for (const transposed of [0, 1])
  test(`a product with bfloat16 is exact in parts where float32 is asked for, transposed: ${transposed}`, async () => {
    const here = await operationsHere();
    if (!here) return skip(absent);
    const [M, N, K] = [52 * here.larger, 40 * here.larger, 38 * here.larger];
    const rng = random("halves").fork(String(transposed));
    const a = Float32Array.from({ length: M * K }, () => 2 * rng.next() - 1);
    const pairs = Int32Array.from({ length: (K * N) / 2 }, () => {
      const half = () => (rng.below(2) << 15) | ((120 + rng.below(8)) << 7) | rng.below(128);
      return half() | (half() << 16);
    });
    const b = new Float32Array(K * N);
    const bits = new Uint32Array(b.buffer);
    pairs.forEach((pair, i) => ((bits[2 * i] = pair << 16), (bits[2 * i + 1] = pair & 0xffff0000)));
    const [x, w] = [tf.tensor2d(a, [M, K]), tf.tensor2d(pairs, transposed ? [N, K / 2] : [K, N / 2])];
    const [y] = here.operations.run("DecoderHalfProduct", [x, w], 1, { transpose_b: transposed });
    const error = errorOf(
      { a, b, sizes: [M, N, K], turnedA: 0, turnedB: transposed },
      y!.dataSync() as Float32Array,
      400,
    );
    assert.ok(error < 1e-6, `the error is ${error}`); // a rounded to 8 bits would leave 2e-3
    tf.dispose([x, w, y!]);
  });

test.run();
