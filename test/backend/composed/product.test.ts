import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { numbersOf, widen } from "../../../lib/backend/bfloat16";
import { useBackend, type BackendName } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { toBfloat16 } from "../../../lib/models/checkpoints/float-formats";
import { embedding as rowsAt } from "../../../lib/backend/composed/embedding";
import { product } from "../../../lib/backend/composed/product";
import { close, numbers, tensorsLeftBy } from "../../fixtures";
import { skip } from "../../skip";

/** Fails unless two tensors are the same, number by number; disposes of both. */
function same(a: tf.Tensor, b: tf.Tensor): void {
  const [left, right] = [a.dataSync(), b.dataSync()];
  tf.dispose([a, b]);
  assert.is(
    Buffer.compare(
      Buffer.from(left.buffer, left.byteOffset, left.byteLength),
      Buffer.from(right.buffer, right.byteOffset, right.byteLength),
    ),
    0,
  );
}

/** Random numbers that bfloat16 holds exactly, [rows, columns], in both forms. */
function pair(rows: number, columns: number, seed: number): { half: tf.Tensor2D; whole: tf.Tensor2D } {
  const rng = random(seed);
  const halves = toBfloat16(Float32Array.from({ length: rows * columns }, () => rng.next() - 0.5));
  const whole = new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
  return {
    half: tf.tensor2d(new Int32Array(halves.buffer), [rows, columns / 2], "int32"),
    whole: tf.tensor2d(whole, [rows, columns]),
  };
}

test("a vocabulary's matrix of 17 million different numbers is read, and at once", async () => {
  await useBackend("cpu");
  // A Set holds 2²⁴ values.
  const data = Float32Array.from({ length: 2 ** 24 + 2 ** 18 }, (_, i) => (i % 2 ** 24) + (i >= 2 ** 24 ? 0.5 : 0));
  const matrix = tf.tensor2d(data, [2 ** 12 + 2 ** 6, 2 ** 12]);
  const started = performance.now();
  const read = numbersOf(matrix);
  const seconds = (performance.now() - started) / 1000;
  matrix.dispose();
  assert.is(Buffer.compare(Buffer.from(read.buffer, read.byteOffset, read.byteLength), Buffer.from(data.buffer)), 0);
  assert.ok(seconds < 1, `${seconds.toFixed(1)} s`);
});

for (const name of ["native", "wasm", "cpu"] as const satisfies readonly BackendName[]) {
  const here = async (work: () => void) => {
    const there = await useBackend(name).then(
      () => true,
      () => false,
    );
    if (!there) return skip(`no ${name} backend`);
    assert.is(await tensorsLeftBy(work), 0);
  };

  test(`${name}: pairs are widened bit for bit: signs, zeros, subnormals, infinities`, () =>
    here(() => {
      // 1 is 3f80, −2.5 is c020; 8000 is −0, 7f80 infinity, 0001 the smallest subnormal, 2⁻¹³³
      const packed = tf.tensor2d(
        new Int32Array(Uint16Array.of(0x3f80, 0xc020, 0x8000, 0x7f80, 0x0001, 0xff80).buffer),
        [1, 3],
        "int32",
      );
      const wide = widen(packed);
      assert.equal(wide.shape, [1, 6]);
      assert.equal(numbers(wide), [1, -2.5, -0, Infinity, 2 ** -133, -Infinity]);
      packed.dispose();
    }));

  test(`${name}: products and rows are those of the same numbers in float32, and so is the gradient`, () =>
    here(() => {
      const { half, whole } = pair(12, 8, 1);
      const inputs = { plain: pair(3, 12, 2), transposed: pair(3, 8, 3) };
      for (const [side, { half: unused, whole: x }] of Object.entries(inputs)) {
        const transposed = side === "transposed";
        assert.equal(numbers(product(x, half, transposed)), numbers(product(x, whole, transposed)), side);
        const gradient = (matrix: tf.Tensor2D) =>
          numbers(tf.grad((input) => tf.sum(tf.square(product(input as tf.Tensor2D, matrix, transposed))))(x));
        close(gradient(half), gradient(whole), { rtol: 1e-6, atol: 1e-7, what: side });
        tf.dispose([unused, x]);
      }
      const ids = tf.tensor1d([11, 0, 5], "int32");
      assert.equal(numbers(rowsAt(half, ids)), numbers(rowsAt(whole, ids)));
      tf.dispose([half, whole, ids]);
    }));
}

test("a vocabulary too large to be widened at once is multiplied in pieces", async () => {
  await useBackend();
  const left = await tensorsLeftBy(() => {
    const rows = (1 << 20) + 3; // of 16 numbers: a piece of 2^24, and three rows
    const half = tf.tensor2d(
      new Int32Array(rows * 8).map((_, i) => 0x3f804000 + ((i % 97) << 16)),
      [rows, 8],
      "int32",
    );
    const x = tf.tensor2d([Array.from({ length: 16 }, (_, i) => i - 7)]);
    const whole = widen(half);
    same(product(x, half, true), product(x, whole, true));
    const gradient = (matrix: tf.Tensor2D) =>
      numbers(tf.grad((input) => tf.mean(product(input as tf.Tensor2D, matrix, true)))(x));
    close(gradient(half), gradient(whole), { rtol: 1e-4 });
    tf.dispose([half, x, whole]);
  });
  assert.is(left, 0);
});

test.run();
