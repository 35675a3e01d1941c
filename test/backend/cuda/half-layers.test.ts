import * as assert from "uvu/assert";
import { test } from "uvu";
import { composed } from "../../../lib/backend/composed/kernels";
import { useBackend } from "../../../lib/backend/choose";
import { cuda } from "../../../lib/backend/cuda/kernels";
import { gradients } from "../../../lib/backend/gradients";
import type { Kernels, LayerTensors } from "../../../lib/backend/kernels";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { random } from "../../../lib/core/random";
import { toBfloat16 } from "../../../lib/models/checkpoints/float-formats";
import { numbers } from "../../fixtures";
import { claimsOn } from "../claims-on";
import { callOf, oneByOne } from "../conformance/layer-stack";

process.env["DEEPRETRIEVAL_PRECISION"] = "bf16"; // read once, when TensorFlow is loaded
const claim = claimsOn("native");
const ours = (): Kernels => (nativeBackend()?.isUsingGpuDevice ? kernels() : cuda(emulatedOperations()!));

const matrices = ["qkv", "out", "gateUp", "down"] as const;

/** The matrices of a layer as bfloat16, or the float32 of these. The other tensors stay. */
function rounded(layer: LayerTensors, packed: boolean): LayerTensors {
  const changed = matrices.map((name) => {
    const { shape } = layer[name];
    const bits = toBfloat16(layer[name].dataSync() as Float32Array);
    const [rows, columns] = shape as [number, number];
    return [
      name,
      packed
        ? tf.tensor2d(new Int32Array(bits.buffer), [rows, columns / 2], "int32")
        : tf.tensor2d(new Float32Array(Uint32Array.from(bits, (each) => each << 16).buffer), [rows, columns]),
    ];
  });
  return { ...layer, ...Object.fromEntries(changed) } as LayerTensors;
}

/** |found − expected| / |expected|. */
function errorOf(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++)
    (difference += (found[i]! - expected[i]!) ** 2), (size += expected[i]! ** 2);
  return Math.sqrt(difference / (size || 1));
}

for (const checkpoint of [false, true])
  claim(`bf16: value and gradients of layers of 6 sizes${checkpoint ? ", with checkpoints" : ""}`, async () => {
    for (let i = 0; i < 6; i++) {
      const results = async (backend: "cpu" | "native") => {
        await useBackend(backend);
        return tf.tidy(() => {
          // attention takes 64 queries and 32 keys at a time: the last two sizes have several of both
          const length = [0, 0, 0, 0, 65, 130][i]!;
          const made = callOf(random("bf16").fork(i), true, { unit: 8, rank: [3, 35][i % 2]!, length });
          const call = { ...made, layers: made.layers.map((layer) => rounded(layer, backend === "native")) };
          const { x, layers, heads, rotation, padding, T, trained, adapter } = call;
          const f = () => {
            if (backend === "cpu") return oneByOne(composed, x, call);
            const own = ours();
            const [cos, sin] = rotation;
            const mask = own.attentionMask(padding, T, heads);
            return own.layers!(x, layers, heads, { cos: cos!, sin: sin! }, mask, {
              checkpoint,
              adapter: adapter!,
              scale: 0.7,
            });
          };
          const alone = f();
          const direction = tf.tensor(
            Float32Array.from({ length: alone.size }, (_, j) => Math.sin(1.3 * j * j + 1)),
            alone.shape,
          );
          const { value, gradients: found } = gradients(f, [x, ...trained], direction);
          const all = [value, ...found].map(numbers);
          assert.equal(all[0], numbers(alone), "the value does not depend on the gradient");
          tf.dispose(trained as tf.Variable[]);
          return all;
        });
      };
      const expected = await results("cpu");
      const actual = await results("native");
      // 8 bits of mantissa round by 2⁻⁹ = .002 at most; a wrong sum is off by far more
      actual.forEach((each, r) => {
        const error = errorOf(each, expected[r]!);
        assert.ok(error < 0.02 && error > 1e-6, `size ${i}, result ${r}: the error is ${error}`);
      });
    }
  });

claim("bf16: a token that attends to itself alone has no gradient in queries and keys", () => {
  const [own, T, D] = [ours(), 5, 16];
  const draw = (name: string, shape: number[]) => {
    const rng = random("alone").fork(name);
    const numbers = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => 2 * rng.next() - 1);
    return tf.tensor(numbers, shape);
  };
  tf.tidy(() => {
    const heads = { num_attention_heads: 2, num_key_value_heads: 1, head_dim: D, rms_norm_eps: 1e-5 };
    const tables = { cos: tf.ones([T, D]), sin: tf.zeros([T, D]) } as { cos: tf.Tensor; sin: tf.Tensor };
    const qkv = draw("qkv", [T, 4 * D]) as tf.Tensor2D;
    const mask = own.attentionMask([T - 1], T, heads); // all but one are padding, which sees itself
    const attend = () => own.causalAttention(qkv, {}, heads, tables, mask);
    const made = gradients(attend, [qkv], draw("dy", [T, 2 * D]));
    const of = numbers(made.gradients[0]!);
    const sizes = [0, 0, 0, 0]; // of queries, of the other queries, of keys, of values
    of.forEach((value, i) => (sizes[Math.floor((i % (4 * D)) / D)]! += Math.abs(value) / (T * D)));
    assert.ok(sizes[3]! > 0.1, `values: ${sizes[3]}`);
    for (const size of sizes.slice(0, 3)) assert.ok(size < 1e-6, `queries and keys: ${sizes}`);
  });
});

test.run();
