import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { gradients } from "../../../lib/backend/gradients";
import { nativeOperations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { composed } from "../../../lib/backend/composed/kernels";
import type { AttentionParameters } from "../../../lib/backend/kernels";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { rotaryTables } from "../../../lib/models/decoder/rope";
import { close, numbers, tensorsLeftBy, tinyConfig } from "../../fixtures";
import { skip } from "../../skip";

let native = false;
test.before(async () => {
  native = await useBackend("native").then(
    () => nativeOperations() !== undefined,
    () => false,
  );
});

/** A claim about our own operations: elsewhere it has nothing to say. */
const onNative = (name: string, claim: () => void | Promise<void>) =>
  test(name, async () =>
    native ? claim() : skip("native TensorFlow, with the operations that set-up compiles, is not here"),
  );

const wave = (shape: number[], scale = 1, phase = 1): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => scale * Math.sin(1.3 * i * i + phase)),
    shape,
  );

/** A value of some inputs and the gradients in all of them, for a direction that differs everywhere. */
function derived(f: (inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly tf.Tensor[]): number[][] {
  return tf.tidy(() => {
    const value = f([...inputs]);
    const found = gradients(() => f([...inputs]), inputs, wave(value.shape, 1, 4)).gradients;
    return [value, ...found].map(numbers);
  });
}

/** The same by our operations on native TensorFlow, and by tfjs's on its plain backend. */
async function bothWays(
  f: (inputs: tf.Tensor[]) => tf.Tensor,
  inputs: () => tf.Tensor[],
): Promise<[own: number[][], composed: number[][]]> {
  const here = () => tf.tidy(() => derived(f, inputs()));
  const own = here();
  await useBackend("cpu");
  try {
    return [own, here()];
  } finally {
    await useBackend("native");
  }
}

const alike = (own: readonly number[][], composed: readonly number[][], what = ""): void =>
  own.forEach((values, i) =>
    close(values, composed[i]!, {
      rtol: 1e-4,
      atol: 1e-4 * composed[i]!.reduce((most, value) => Math.max(most, Math.abs(value)), 1),
      what: `${what} ${i === 0 ? "value" : `gradient in input ${i}`}`,
    }),
  );

for (const [N, C] of [
  [3, 5],
  [130, 48],
  [700, 64],
] as const) {
  onNative(`norm and gate of ${N} rows of ${C}: values and gradients are those of tfjs's operations`, async () => {
    alike(
      ...(await bothWays(
        ([x, weight]) => kernels().rmsNorm(x as tf.Tensor2D, weight as tf.Tensor1D, 1e-3),
        () => [wave([N, C], 2), wave([C])],
      )),
      "norm",
    );
    alike(
      ...(await bothWays(
        ([x]) => kernels().swiGlu(x as tf.Tensor2D),
        () => [wave([N, 2 * C], 20)],
      )),
      "gate",
    );
  });
}

onNative("an extreme gate is neither infinite nor NaN, and nor is its gradient", () => {
  const [value, gradient] = derived(
    ([x]) => kernels().swiGlu(x as tf.Tensor2D),
    [tf.tensor2d([[-1e4, -100, 1e4, ...Array<number>(29).fill(0), ...Array<number>(32).fill(1)]])],
  );
  close(value!.slice(0, 3), [0, 0, 1e4], { atol: 1e-6 });
  assert.ok(gradient!.every(Number.isFinite));
});

for (const [what, most] of [
  ["at once", 1 << 25],
  ["in slices of the vocabulary", 40 * 7],
] as const) {
  onNative(`log-probability and entropy of labels, ${what}, temperature 0.7`, async () => {
    const labels = () =>
      tf.tensor1d(
        Array.from({ length: 40 }, (_, n) => (7 * n) % 37),
        "int32",
      );
    const f = ([hidden, head]: tf.Tensor[]) =>
      kernels().tokenLogps(hidden as tf.Tensor2D, head as tf.Tensor2D, labels(), 0.7, { most });
    alike(...(await bothWays(f, () => [wave([40, 6]), wave([37, 6], 2)])));
  });
}

const heads: readonly (readonly [
  what: string,
  B: number,
  H: number,
  K: number,
  D: number,
  T: number,
  padding: readonly number[],
  has?: readonly ("qkvBias" | "qNorm" | "kNorm")[],
])[] = [
  ["one row", 1, 2, 1, 16, 5, [0]],
  ["rows with padding, one all padding but its last token, a bias", 4, 4, 2, 64, 70, [0, 3, 33, 69], ["qkvBias"]],
  ["heads of 8, which are no whole vector, three query heads to a key head", 2, 6, 2, 8, 37, [0, 20], ["qkvBias"]],
  ["heads of 80, norms of query and key heads", 3, 4, 2, 80, 33, [0, 1, 17], ["qNorm", "kNorm"]],
  [
    "more heads than a thread has pieces, norms and a bias",
    9,
    2,
    2,
    32,
    40,
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
    ["qkvBias", "qNorm", "kNorm"],
  ],
];
for (const [what, B, H, K, D, T, padding, has = []] of heads) {
  onNative(`causal attention, ${what}: value and gradients are those of tfjs's operations`, () => {
    const config = { ...tinyConfig, num_attention_heads: H, num_key_value_heads: K, head_dim: D };
    const tables = rotaryTables(T, D, 100);
    tf.tidy(() => {
      const inputs = [
        wave([B * T, (H + 2 * K) * D], 1.5),
        ...has.map((name, i) => wave([name === "qkvBias" ? (H + 2 * K) * D : D], 1, 2 + i)),
      ];
      const layerOf = (parameters: tf.Tensor[]) =>
        Object.fromEntries(has.map((name, i) => [name, parameters[i]])) as AttentionParameters;
      const own = derived(
        ([qkv, ...parameters]) =>
          kernels().causalAttention(
            qkv as tf.Tensor2D,
            layerOf(parameters),
            config,
            tables.range(0, T),
            kernels().attentionMask(padding, T, config),
          ),
        inputs,
      );
      const reference = derived(
        ([qkv, ...parameters]) =>
          composed.causalAttention(
            qkv as tf.Tensor2D,
            layerOf(parameters),
            config,
            tables.range(0, T),
            composed.attentionMask(padding, T, config),
          ),
        inputs,
      );
      alike(own, reference);
    });
    tables.dispose();
  });
}

onNative("the same sums come out whichever thread is first", () => {
  const [x, weight, dy] = [wave([5000, 64]), wave([64]), wave([5000, 64], 1, 2)];
  const once = () =>
    derived(([a, b]) => tf.mul(kernels().rmsNorm(a as tf.Tensor2D, b as tf.Tensor1D, 1e-6), dy), [x, weight]);
  const first = once();
  for (let i = 0; i < 10; i++) assert.equal(once(), first);
  tf.dispose([x, weight, dy]);
});

onNative("shapes that do not fit together are refused by the operation's name", () => {
  const own = nativeOperations()!;
  const ints = tf.tensor1d([0], "int32");
  const wrong: readonly (readonly [string, tf.Tensor[], number, Record<string, number>])[] = [
    ["DecoderNormGrad", [wave([2, 3]), wave([4]), wave([2, 3])], 2, { epsilon: 1e-6 }],
    ["DecoderGateGrad", [wave([2, 3]), wave([2, 1])], 1, {}],
    ["DecoderLabelSums", [wave([2, 3]), ints], 1, { first: 0 }],
    ["DecoderLabelGrad", [wave([1, 3]), ints, wave([1]), wave([1, 1]), wave([1, 2])], 1, { first: 0 }],
    [
      "DecoderCausalAttention",
      [wave([4, 16]), wave([0]), ints, wave([3, 4]), wave([3, 4]), wave([0]), wave([0])],
      2,
      { heads: 2, epsilon: 1e-6 },
    ],
    [
      "DecoderCausalAttention",
      [wave([3, 16]), wave([0]), tf.tensor1d([4], "int32"), wave([3, 4]), wave([3, 4]), wave([0]), wave([0])],
      2,
      { heads: 2, epsilon: 1e-6 },
    ],
    [
      "DecoderCausalAttentionGrad",
      [wave([3, 16]), wave([0]), ints, wave([3, 4]), wave([3, 4]), wave([0]), wave([0]), wave([1, 2, 3]), wave([3, 4])],
      4,
      { heads: 2, epsilon: 1e-6 },
    ],
    ["DecoderAdam", [wave([2]), wave([2]), wave([2]), wave([2]), wave([8])], 1, {}],
  ];
  for (const [name, inputs, outputs, attributes] of wrong)
    assert.throws(() => own.run(name, inputs, outputs, attributes), new RegExp(name));
  tf.dispose([ints, ...wrong.flatMap(([, inputs]) => inputs)]);
});

onNative("none of it leaves a tensor behind, used or differentiated", async () => {
  const tables = rotaryTables(8, 4, 100);
  const config = { ...tinyConfig, num_attention_heads: 2, num_key_value_heads: 1, head_dim: 4 };
  const qkv = wave([8, 16]);
  const work = () =>
    derived(
      ([x]) =>
        kernels().causalAttention(
          x as tf.Tensor2D,
          {},
          config,
          tables.range(0, 8),
          kernels().attentionMask([0], 8, config),
        ),
      [qkv],
    );
  assert.is(await tensorsLeftBy(() => void work()), 0);
  tables.dispose();
  qkv.dispose();
});

test.run();
