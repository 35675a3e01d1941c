import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { widen } from "../../../lib/backend/bfloat16";
import { useBackend } from "../../../lib/backend/choose";
import { nativeOperations, type Operations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { choose } from "../../../lib/backend/native-cpu/choose-tokens/choose-tokens";
import { argMax, drawToken } from "../../../lib/backend/composed/sampling";
import { close, numbers, tensorsLeftBy } from "../../fixtures";
import { skip } from "../../skip";

let own: Operations | undefined;
test.before(async () => {
  own = await useBackend("native").then(nativeOperations, () => undefined);
});

/** A claim about our own operations that leaves no tensor behind; elsewhere it has nothing to say. */
const onNative = (name: string, claim: (own: Operations) => void) =>
  test(name, async () =>
    own
      ? assert.is(await tensorsLeftBy(() => tf.tidy(() => claim(own!))), 0)
      : skip("native TensorFlow, with the operations that set-up compiles, is not here"),
  );

const wave = (shape: number[], phase = 1): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(1.3 * i * i + phase)),
    shape,
  );

/** A program of one step, whose operands are numbered: 0 a register, 1 the result, then the inputs, then none. */
function run(
  step: number,
  values: readonly tf.Tensor[],
  counts: readonly (tf.Tensor | Int32Array)[],
  [rows, columns]: [number, number],
  operands: readonly number[],
  heads = 1,
): tf.Tensor {
  const none = 2 + values.length + 2 + counts.length;
  const code = Int32Array.of(1, 1, columns, step, ...Array.from({ length: 10 }, (_, i) => operands[i] ?? none));
  const attributes = { numbers: values.length, integers: 2 + counts.length, heads, epsilon: 1e-6, scale: 0.5 };
  return own!.run(
    "DecoderProgram",
    [code, ...values, new Int32Array(1), new Int32Array(rows), ...counts],
    1,
    attributes,
  )[0]!;
}
const steps = { gather: 0, product: 2, transposedProduct: 3, gate: 6, attention: 7 };

for (const [M, K, N] of [
  [1, 40, 64],
  [3, 300, 33],
  [4, 16, 31],
  [5, 600, 96],
  [8, 7, 1],
  [64, 256, 80],
  [600, 33, 40],
] as const) {
  onNative(
    `products of ${M} rows, ${K} inputs and ${N} outputs are TensorFlow's, of matrices kept either way and in ` +
      "either precision",
    () => {
      const x = wave([M, K]) as tf.Tensor2D;
      const plain = wave([K, N], 2) as tf.Tensor2D;
      close(numbers(run(steps.product, [x, plain], [], [M, N], [1, 2, 3])), numbers(tf.matMul(x, plain)), {
        rtol: 1e-5,
        atol: 1e-4,
      });
      const turned = wave([N, K], 3) as tf.Tensor2D;
      close(
        numbers(run(steps.transposedProduct, [x, turned], [], [M, N], [1, 2, 3])),
        numbers(tf.matMul(x, turned, false, true)),
        { rtol: 1e-5, atol: 1e-4 },
      );
      if (N % 2 || K % 2) return;
      const pairs = (rows: number, columns: number) =>
        tf.tensor2d(
          Int32Array.from({ length: (rows * columns) / 2 }, (_, i) => 0x3f803f00 + ((i * 7) % 64) * 0x10001),
          [rows, columns / 2],
          "int32",
        ); // between 0.5 and 1.5
      const half = pairs(K, N);
      close(numbers(run(steps.product, [x], [half], [M, N], [1, 2, 5])), numbers(tf.matMul(x, widen(half))), {
        rtol: 1e-5,
        atol: 1e-4,
      });
      const halfTurned = pairs(N, K);
      close(
        numbers(run(steps.transposedProduct, [x], [halfTurned], [M, N], [1, 2, 5])),
        numbers(tf.matMul(x, widen(halfTurned), false, true)),
        { rtol: 1e-5, atol: 1e-4 },
      );
    },
  );
}

onNative("a program that does not fit its inputs is refused, with what is wrong", () => {
  const [x, w] = [wave([2, 3]), wave([4, 5])];
  assert.throws(() => run(steps.product, [x, w], [], [2, 5], [1, 2, 3]), /DecoderProgram: shapes do not fit together/);
  // The result has room for five columns.
  assert.throws(() => run(steps.product, [x, wave([3, 6])], [], [2, 5], [1, 2, 3]), /shapes do not fit together/);
  assert.throws(
    () => run(steps.product, [x, wave([3, 5])], [], [3, 5], [1, 2, 3]),
    /the steps leave the result unwritten/,
  );
  assert.throws(
    () => run(steps.gather, [x], [Int32Array.of(0, 2)], [2, 3], [1, 2, 5]),
    /an id is past the table's end/,
  );
  assert.throws(() => run(99, [x, w], [], [2, 5], [1, 2, 3]), /there is no such step/);
  assert.throws(() => run(steps.product, [x, w], [], [2, 5], [1, 2, 77]), /an operand that is not there/);
  assert.throws(
    () =>
      own!.run("DecoderProgram", [Int32Array.of(5, 1), x, new Int32Array(1), new Int32Array(1)], 1, {
        numbers: 1,
        integers: 2,
        heads: 1,
        epsilon: 0,
        scale: 0,
      }),
    /this is no program/,
  );
});

onNative("attention of new tokens in rows of a cache writes these, and is refused where it has no room", () => {
  const [H, K, D, T, capacity] = [4, 2, 8, 3, 6];
  const qkv = wave([2 * T, (H + 2 * K) * D]);
  const tables = [tf.ones([9, D]), tf.zeros([9, D])] as const; // no rotation
  const caches = () => [tf.fill([3, K, capacity, D], 7), tf.fill([3, K, capacity, D], 7)] as const;
  const attend = ([keys, values]: readonly [tf.Tensor, tf.Tensor], column: number, row: number, padding: number[]) =>
    run(
      steps.attention,
      [qkv, keys, values, ...tables],
      [Int32Array.from(padding), Int32Array.of(column, row)],
      [2 * T, H * D],
      [1, 2, 3, 4, 9, 10, 5, 6],
      H,
    );
  const [keys, values] = caches();
  // Rows 1 and 2, columns 2 to 4: the first sees all three, the second its last only.
  const y = numbers(attend([keys, values], 2, 1, [2, 4]));
  const at = (t: tf.Tensor, ...place: number[]) => numbers(tf.slice(t, [...place, 0], [1, 1, 1, D]));
  const packed = qkv.arraySync() as number[][];
  assert.equal(
    at(values, 0, 0, 3).every((value) => value === 7) &&
      at(values, 1, 0, 1).every((value) => value === 7) &&
      at(values, 2, 1, 5).every((value) => value === 7),
    true,
  );
  close(at(keys, 1, 1, 3), packed[1]!.slice((H + 1) * D, (H + 2) * D));
  close(at(values, 2, 0, 4), packed[5]!.slice((H + K) * D, (H + K + 1) * D));
  close(
    y.slice(0, 2 * D),
    [0, 1].flatMap(() => packed[0]!.slice((H + K) * D, (H + K + 1) * D)),
  ); // a token that sees itself only has its value, in both heads of a key head
  close(y.slice(5 * H * D + 2 * D, 5 * H * D + 3 * D), packed[5]!.slice((H + K + 1) * D, (H + K + 2) * D));
  assert.ok(
    y.slice(3 * H * D, 5 * H * D).every((value) => value === 0),
    "pad tokens get nothing",
  );
  for (const [column, row] of [
    [4, 0],
    [-1, 0],
    [0, 2],
    [0, -1],
  ] as const)
    assert.throws(() => attend(caches(), column, row, [0, 0]), /no room for the new tokens/);
  for (const pad of [-1, 3]) assert.throws(() => attend(caches(), 0, 0, [0, pad]), /padding leaves it no position/);
});

onNative("a cache is made longer, and keeps the columns that count", (own) => {
  const cache = wave([2, 3, 4, 5]) as tf.Tensor4D;
  const [longer] = own.run("DecoderRoom", [cache, Int32Array.of(3, 9)], 1) as [tf.Tensor4D];
  assert.equal(longer.shape, [2, 3, 9, 5]);
  assert.equal(
    numbers(tf.slice(longer, [0, 0, 0, 0], [2, 3, 3, 5])),
    numbers(tf.slice(cache, [0, 0, 0, 0], [2, 3, 3, 5])),
  );
  for (const [kept, columns] of [
    [5, 9],
    [3, 2],
    [-1, 9],
  ] as const)
    assert.throws(
      () => own.run("DecoderRoom", [cache, Int32Array.of(kept, columns)], 1),
      /DecoderRoom: the columns that are kept are not there/,
    );
});

onNative(
  "the token chosen is the host's, greedily and for any number, and its log-probability that of temperature 1",
  (own) => {
    const rng = random("choice");
    for (const V of [1, 5, 16, 300, 5000]) {
      const logits = wave([7, V], V).mul(6) as tf.Tensor2D;
      const plain = tf.softmax(logits).dataSync();
      for (const temperature of [0, 0.7, 1, 1.5]) {
        const draws = Float64Array.from({ length: 7 }, () => rng.next());
        const { tokens, logps } = choose(own, logits, temperature, draws);
        const shares = tf.softmax(temperature ? tf.div(logits, temperature) : logits).dataSync() as Float32Array;
        const expected = Array.from(draws, (draw, n) =>
          temperature ? drawToken(shares.slice(n * V, (n + 1) * V), draw) : argMax(shares.slice(n * V, (n + 1) * V)),
        );
        assert.equal([...tokens], expected, `${V} tokens at ${temperature}`);
        close(
          [...logps],
          expected.map((token, n) => Math.log(plain[n * V + token]!)),
          { rtol: 1e-5, atol: 1e-5 },
        );
      }
    }
  },
);

onNative(
  "at a tie the lowest id is the likeliest, and logits that are no numbers show in the log-probability",
  (own) => {
    const { tokens, logps } = choose(
      own,
      tf.tensor2d([
        [1, 3, 3, 0],
        [0, NaN, 1, 2],
        [-1e30, 0, -1e30, -1e30],
      ]),
      0,
      new Float64Array(),
    );
    assert.equal([tokens[0], tokens[2]], [1, 1]);
    assert.ok(Number.isNaN(logps[1]) && logps[2] === 0);
    assert.throws(
      () => choose(own, tf.zeros([2, 4]), 1, new Float64Array(1)),
      /DecoderChoice: shapes do not fit together/,
    );
  },
);

test.run();
