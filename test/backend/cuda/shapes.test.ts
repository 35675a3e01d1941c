import { test } from "uvu";
import * as assert from "uvu/assert";
import { composed } from "../../../lib/backend/composed/kernels";
import { cuda } from "../../../lib/backend/cuda/kernels";
import type { AttentionHeads, AttentionParameters, Kernels } from "../../../lib/backend/kernels";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { close, numbers } from "../../fixtures";
import { claimsOn } from "../claims-on";

// What does not fit is refused in words, and what is odd is computed: on a card, or in its emulation.
const claim = claimsOn("native");
const ours = () => (nativeBackend()?.isUsingGpuDevice ? kernels() : cuda(emulatedOperations()!));

const drawn = (...shape: number[]) => tf.randomNormal(shape, 0, 1, "float32", 7);
const matrix = (rows: number, columns: number) => drawn(rows, columns) as tf.Tensor2D;
const vector = (size: number) => drawn(size) as tf.Tensor1D;
const ids = (...values: number[]) => tf.tensor1d(values, "int32");
const headsOf = (H: number, K: number, D: number): AttentionHeads => ({
  num_attention_heads: H,
  num_key_value_heads: K,
  head_dim: D,
  rms_norm_eps: 1e-5,
});

/** Attention of one sequence of 6 tokens, in heads of 4 dimensions: 2 of queries and 1 of keys, if nothing is wrong. */
const attention =
  ({ width = 16, padding = 0, T = 6, D = 4, H = 2, parameters = (): AttentionParameters => ({}) }) =>
  (own: Kernels) => {
    const [heads, tables] = [headsOf(H, 1, D), { cos: drawn(T, D), sin: drawn(T, D) }];
    return own.causalAttention(matrix(6, width), parameters(), heads, tables, own.attentionMask([padding], T, heads));
  };

/** Calls that do not fit, and what the error says. */
const wrong: Readonly<Record<string, readonly [call: (own: Kernels) => tf.Tensor, words: RegExp]>> = {
  "a norm whose weight is short": [(own) => own.rmsNorm(matrix(3, 5), vector(4), 1e-5), /DecoderNorm: shapes/],
  "a gate of an odd width": [(own) => own.swiGlu(matrix(3, 5)), /even number of columns.*\[3, 5\]/],
  "a product whose inner axes differ": [(own) => own.product(matrix(3, 5), matrix(4, 2)), /Product: shapes.*\[4, 2\]/],
  "a bfloat16 product whose inner axes differ": [
    (own) => own.product(matrix(3, 5), tf.zeros([4, 2], "int32")),
    /DecoderHalfProduct: shapes.*\[3, 5\], \[4, 2\]/,
  ],
  "an id past the table": [(own) => own.embedding(matrix(7, 6), ids(1, 7)), /id is past the table's end/],
  "an id below it": [(own) => own.embedding(matrix(7, 6), ids(-1)), /id is past the table's end/],
  "no rows": [(own) => own.tokenLogps(matrix(0, 6), matrix(7, 6), ids()), /there are no rows/],
  "labels that are too few": [(own) => own.tokenLogps(matrix(3, 6), matrix(7, 6), ids(1, 2)), /a label for each row/],
  "a head of another width": [
    (own) => own.tokenLogps(matrix(3, 6), matrix(7, 5), ids(1, 2, 3)),
    /DecoderTokenLogps: shapes/,
  ],
  "no logits at once": [
    (own) => own.tokenLogps(matrix(1, 6), matrix(7, 6), ids(1), 1, { most: 0 }),
    /shapes do not fit/,
  ],
  "tables that are shorter than the sequence": [attention({ T: 5 }), /DecoderCausalAttention: shapes.*\[5, 4\]/],
  "tables that are longer": [attention({ T: 8 }), /DecoderCausalAttention: shapes/],
  "heads that are not divisible": [attention({ width: 20, H: 2 }), /DecoderCausalAttention: shapes/],
  "heads of an odd size": [attention({ width: 20, D: 5 }), /DecoderCausalAttention: shapes/],
  "more padding than tokens": [attention({ padding: 9 }), /more padding than tokens/],
  "padding below none": [attention({ padding: -1 }), /more padding than tokens/],
  "a bias that is short": [
    attention({ parameters: () => ({ qkvBias: vector(15) }) }),
    /DecoderCausalAttention: shapes.*\[15\]/,
  ],
  "a norm of queries alone": [
    attention({ parameters: () => ({ qNorm: vector(4) }) }),
    /DecoderCausalAttention: shapes/,
  ],
};

for (const [what, [call, words]] of Object.entries(wrong))
  claim(`cuda: ${what}: refused with the shapes, and the next call computes`, () => {
    tf.tidy(() => assert.throws(() => call(ours()), words));
    tf.tidy(() =>
      close(numbers(ours().swiGlu(matrix(2, 6))), numbers(composed.swiGlu(matrix(2, 6))), {
        rtol: 1e-5,
        atol: 1e-6,
        what,
      }),
    );
  });

/** Values and gradients of two implementations, which are to be the same. */
async function same(what: string, inputs: () => tf.Tensor[], call: (own: Kernels, given: tf.Tensor[]) => tf.Tensor) {
  const of = (own: Kernels) =>
    tf.tidy(() => {
      const given = inputs();
      const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => tf.sum(tf.square(call(own, xs))) as tf.Scalar)(
        given,
      );
      return [value as tf.Tensor, ...grads];
    });
  const [found, expected] = [of(ours()), of(composed)];
  found.forEach((tensor, i) => {
    assert.equal(tensor.shape, expected[i]!.shape, what);
    const most = tensor.size ? tf.tidy(() => tf.max(tf.abs(expected[i]!)).dataSync()[0]!) : 0;
    close(numbers(tensor), numbers(expected[i]!), { rtol: 1e-4, atol: 1e-4 * most + 1e-6, what: `${what}, ${i}` });
  });
  tf.dispose([found, expected]);
}

for (const [N, C] of [
  [0, 8],
  [1, 1],
  [3, 5],
  [300, 6],
  [257, 3],
  [1, 4097],
] as const)
  claim(`cuda: ${N} rows of ${C}: norm, gate, products and an embedding of one token`, async () => {
    await same(
      "norm",
      () => [matrix(N, C), vector(C)],
      (own, [x, w]) => own.rmsNorm(x as tf.Tensor2D, w as tf.Tensor1D, 1e-5),
    );
    await same(
      "gate",
      () => [matrix(N, 2 * C)],
      (own, [x]) => own.swiGlu(x as tf.Tensor2D),
    );
    await same(
      "product",
      () => [matrix(N, C), matrix(C, 3)],
      (own, [x, w]) => own.product(x as tf.Tensor2D, w as tf.Tensor2D),
    );
    await same(
      "turned product",
      () => [matrix(N, C), matrix(5, C)],
      (own, [x, w]) => own.product(x as tf.Tensor2D, w as tf.Tensor2D, true),
    );
    await same(
      "embedding",
      () => [matrix(1, C)],
      (own, [w]) => own.embedding(w as tf.Tensor2D, tf.zeros([N], "int32")),
    );
  });

for (const V of [1, 7, 20_011])
  claim(`cuda: a vocabulary of ${V}, at once and in slices`, async () => {
    for (const most of [2 ** 28, Math.max(2, Math.ceil(V / 2))])
      await same(
        `most ${most}`,
        () => [matrix(2, 6), matrix(V, 6)],
        (own, [x, w]) => own.tokenLogps(x as tf.Tensor2D, w as tf.Tensor2D, ids(0, V - 1), 0.7, { most }),
      );
  });

// A block of a T4 has 64 KB of shared memory, one of a V100 96 KB, of which 1 KB is kept.
for (const [bytes, D] of [
  [64_512, 66],
  [64_512, 128],
  [97_280, 130],
  [97_280, 256],
] as const)
  claim(`cuda: heads of ${D} dimensions on a card with ${bytes} bytes of shared memory`, async () => {
    if (nativeBackend()?.isUsingGpuDevice) return; // which has what it has
    process.env["DEEPRETRIEVAL_EMULATED_SHARED"] = String(bytes);
    try {
      const heads = headsOf(2, 1, D);
      await same(
        "attention",
        () => [matrix(2 * 18, 4 * D)],
        (own, [qkv]) =>
          own.causalAttention(
            qkv as tf.Tensor2D,
            {},
            heads,
            { cos: drawn(18, D), sin: drawn(18, D) },
            own.attentionMask([0, 10], 18, heads),
          ),
      );
      if (bytes < 70_000)
        tf.tidy(() =>
          assert.throws(() => attention({ D: 256, width: 1024 })(ours()), /256 dimensions need more than the 63 KB/),
        );
    } finally {
      delete process.env["DEEPRETRIEVAL_EMULATED_SHARED"];
    }
  });

test.run();
