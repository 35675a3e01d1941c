import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import type { BackendName } from "../../lib/backend/loader";
import { tf } from "../../lib/backend/tf";
import { claimsOn } from "./claims-on";

/** Numbers that differ everywhere and repeat in every run, in [−1, 1]. */
const numbers = (size: number, seed: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + seed));

/** Σ_k op(a)[m, k]·op(b)[k, n], the slow way. */
function product(
  a: Float32Array,
  b: Float32Array,
  [M, N, K]: readonly [number, number, number],
  transposeA: boolean,
  transposeB: boolean,
): number[] {
  const sums: number[] = [];
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++)
        sum += a[transposeA ? k * M + m : m * K + k]! * b[transposeB ? n * K + k : k * N + n]!;
      sums.push(sum);
    }
  }
  return sums;
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.is(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(
      Math.abs(actual[i]! - expected[i]!) <= tolerance,
      `${what}: number ${i} is ${actual[i]}, not ${expected[i]}`,
    );
  }
}

const shapes = [
  [1, 1, 1],
  [1, 20, 19],
  [5, 1, 33],
  [4, 8, 16],
  [7, 9, 5],
  [17, 31, 3],
  [66, 24, 260],
  [3, 8, 600],
] as const;

for (const name of ["native", "wasm", "cpu"] as const satisfies readonly BackendName[]) {
  const given = claimsOn(name);

  given("a product is right for every transposition and odd size", () => {
    for (const [M, N, K] of shapes) {
      for (const [transposeA, transposeB] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const [a, b] = [numbers(M * K, 1), numbers(K * N, 2)];
        const actual = tf.tidy(() =>
          tf
            .matMul(
              tf.tensor2d(a, transposeA ? [K, M] : [M, K]),
              tf.tensor2d(b, transposeB ? [N, K] : [K, N]),
              transposeA,
              transposeB,
            )
            .dataSync(),
        );
        close(
          actual,
          product(a, b, [M, N, K], transposeA, transposeB),
          1e-4,
          `[${[M, N, K]}] ${transposeA} ${transposeB}`,
        );
      }
    }
  });

  given("a batch is a product for each, and one matrix serves a whole batch", () => {
    const [a, b] = [numbers(3 * 5 * 7, 1), numbers(3 * 7 * 6, 2)];
    const part = (all: Float32Array, i: number, size: number) => all.subarray(i * size, (i + 1) * size);
    const each = [0, 1, 2].flatMap((i) => product(part(a, i, 35), part(b, i, 42), [5, 6, 7], false, false));
    const first = [0, 1, 2].flatMap((i) => product(part(a, i, 35), part(b, 0, 42), [5, 6, 7], false, false));
    const [many, shared] = tf.tidy(() => {
      const left = tf.tensor3d(a, [3, 5, 7]);
      return [
        tf.matMul(left, tf.tensor3d(b, [3, 7, 6])).dataSync(),
        tf.matMul(left, tf.tensor3d(part(b, 0, 42), [1, 7, 6])).dataSync(),
      ];
    });
    close(many, each, 1e-5, "batch of 3");
    close(shared, first, 1e-5, "one right side");
  });

  given("the gradient of a product is the product with the other side transposed", () => {
    // f = Σ (a·b): df/da[m, k] = Σ_n b[k, n], df/db[k, n] = Σ_m a[m, k]
    const [da, db] = tf.tidy(() => {
      const [a, b] = [
        tf.tensor2d([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
        tf.tensor2d([
          [1, 10],
          [100, 1000],
        ]),
      ];
      const gradient = tf.grads((a, b) => tf.sum(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)));
      return gradient([a, b]).map((tensor) => Array.from(tensor.dataSync()));
    });
    assert.equal(
      [da, db],
      [
        [11, 1100, 11, 1100, 11, 1100],
        [9, 9, 12, 12],
      ],
    );
  });

  given("gather copies rows, columns and single numbers", () => {
    const rows = tf.tidy(() =>
      tf
        .gather(
          tf.tensor2d([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
          tf.tensor1d([2, 0, 2], "int32"),
        )
        .arraySync(),
    );
    const columns = tf.tidy(() =>
      tf
        .gather(
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
          tf.tensor1d([1, 1, 0], "int32"),
          1,
        )
        .arraySync(),
    );
    const flat = tf.tidy(() =>
      tf.gather(tf.tensor1d([5, 6, 7], "int32"), tf.tensor2d([[2], [1]], [2, 1], "int32")).arraySync(),
    );
    assert.equal(
      [rows, columns, flat],
      [
        [
          [5, 6],
          [1, 2],
          [5, 6],
        ],
        [
          [2, 2, 1],
          [4, 4, 3],
        ],
        [[7], [6]],
      ],
    );
  });

  given("gather with batchDims 1 takes each row's own indices", () => {
    const own = tf.tidy(() =>
      tf
        .gather(
          tf.tensor2d([
            [1, 2, 3],
            [4, 5, 6],
          ]),
          tf.tensor2d([[2], [0]], [2, 1], "int32"),
          1,
          1,
        )
        .arraySync(),
    );
    assert.equal(own, [[3], [4]]);
  });

  given("the gradient of gather adds up what each row was used for", () => {
    const gradient = tf.tidy(() => {
      const used = (rows: tf.Tensor) =>
        tf.sum(
          tf.mul(
            tf.gather(rows, tf.tensor1d([1, 1, 2], "int32")),
            tf.tensor2d([
              [1, 2],
              [10, 20],
              [5, 5],
            ]),
          ),
        );
      return tf
        .grad(used)(tf.zeros([3, 2]))
        .arraySync();
    });
    assert.equal(gradient, [
      [0, 0],
      [11, 22],
      [5, 5],
    ]); // row 1: (1, 2) + (10, 20)
  });

  given("unsortedSegmentSum adds rows of the same segment, whole numbers too", () => {
    const [whole, real] = tf.tidy(() => {
      const segments = tf.tensor1d([0, 2, 0], "int32");
      return [
        tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4], "int32"), segments, 3).arraySync(),
        tf.unsortedSegmentSum(tf.tensor2d([[1], [2], [4]]), segments, 4).arraySync(),
      ];
    });
    assert.equal(
      [whole, real],
      [
        [5, 0, 2],
        [[5], [0], [2], [0]],
      ],
    );
  });
}

test("wasm: an index that does not exist is named", async () => {
  await useBackend("wasm");
  assert.throws(
    () => tf.tidy(() => tf.gather(tf.tensor1d([1, 2]), tf.tensor1d([2], "int32"))),
    /index 2 is not in \[0, 2\), the size of axis 0 of \[2\]/,
  );
});

test("wasm: broadcasting on both sides, and an empty inner axis, are right", async () => {
  await useBackend("wasm");
  const both = tf.tidy(() =>
    tf.matMul(tf.tensor4d([1, 2], [2, 1, 1, 1]), tf.tensor4d([1, 10, 100], [1, 3, 1, 1])).dataSync(),
  );
  assert.equal(Array.from(both), [1, 10, 100, 2, 20, 200]);
  const empty = tf.tidy(() => tf.matMul(tf.zeros([2, 0]) as tf.Tensor2D, tf.zeros([0, 2]) as tf.Tensor2D).dataSync());
  assert.equal(Array.from(empty), [0, 0, 0, 0]);
});

test.run();
