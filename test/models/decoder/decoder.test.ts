import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import type { DecoderConfig } from "../../../lib/models/decoder/config";
import { causalMask, masked } from "../../../lib/backend/causal-mask";
import { hiddenStates, logitsOf, nextHidden } from "../../../lib/models/decoder/decoder";
import { copy, type KVCache } from "../../../lib/models/decoder/kv-cache";
import { leftPad, paddingMask } from "../../../lib/models/decoder/padding";
import type { Policy } from "../../../lib/models/policy";
import { rotaryTables } from "../../../lib/models/decoder/rope";
import { fromArrays } from "../../../lib/models/checkpoints/read-weights";
import { toArrays } from "../../../lib/models/checkpoints/write-weights";
import { close, numbers, sharedFile, sharedJson, tensorsLeftBy, tinyConfig, tinyPolicy } from "../../fixtures";
import { readLlama2c } from "../../../lib/models/checkpoints/llama2c";
import { referenceLogits } from "./reference-decoder";

let policy: Policy;
test.before(async () => {
  await useBackend("cpu");
  policy = tinyPolicy();
});

const prompt = [5, 120, 250, 33, 5, 299, 71];

/** [B·T, V] logits of left-padded rows. */
function logits(rows: readonly (readonly number[])[]): tf.Tensor2D {
  return tf.tidy(() => {
    const { ids, padding, length } = leftPad(rows, 0);
    const hidden = hiddenStates(policy, tf.tensor2d(ids.flat(), [ids.length, length], "int32"), padding);
    return logitsOf(policy.weights, hidden);
  });
}

test("logits are those of a plain implementation on Hugging Face's arrays: packing, biases, RoPE, SwiGLU", () => {
  const expected = referenceLogits(toArrays(policy.weights, policy.config), policy.config, prompt);
  close(numbers(logits([prompt])), expected.flat(), { rtol: 1e-4, atol: 1e-4 });
  assert.ok(
    Math.max(...expected.flat().map(Math.abs)) > 1,
    "the logits are large enough for the comparison to mean something",
  );
});

for (const [H, K] of [
  [4, 4],
  [4, 1],
  [6, 3],
] as const) {
  test(`${H} query heads share ${K} key/value heads in order`, () => {
    const config: DecoderConfig = {
      ...tinyConfig,
      vocab_size: 20,
      num_hidden_layers: 1,
      num_attention_heads: H,
      num_key_value_heads: K,
    };
    const widths: Record<string, number[]> = { q: [H * 4, 16], k: [K * 4, 16], v: [K * 4, 16], o: [16, H * 4] };
    const array = (shape: number[], seed: number) => ({
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * 1.3 + seed)),
    });
    const layer = "model.layers.0.";
    const arrays = {
      "model.embed_tokens.weight": array([20, 16], 1),
      "model.norm.weight": array([16], 2),
      [`${layer}input_layernorm.weight`]: array([16], 3),
      [`${layer}post_attention_layernorm.weight`]: array([16], 4),
      ...Object.fromEntries(
        Object.entries(widths).map(([name, shape], i) => [
          `${layer}self_attn.${name}_proj.weight`,
          array(shape, 5 + i),
        ]),
      ),
      ...Object.fromEntries(
        ["q", "k", "v"].map((name, i) => [`${layer}self_attn.${name}_proj.bias`, array([widths[name]![0]!], 9 + i)]),
      ),
      [`${layer}mlp.gate_proj.weight`]: array([24, 16], 12),
      [`${layer}mlp.up_proj.weight`]: array([24, 16], 13),
      [`${layer}mlp.down_proj.weight`]: array([16, 24], 14),
    };
    const actual = tf.tidy(() => {
      const weights = fromArrays("memory", arrays, config);
      const hidden = hiddenStates(
        { weights, config, rope: rotaryTables(8, 4, 10000) },
        tf.tensor2d([1, 7, 3, 19], [1, 4], "int32"),
        [0],
      );
      return Array.from(logitsOf(weights, hidden).dataSync());
    });
    close(actual, referenceLogits(arrays, config, [1, 7, 3, 19]).flat(), { rtol: 1e-4, atol: 1e-4 });
  });
}

test("later tokens do not reach earlier ones", () => {
  const V = policy.config.vocab_size;
  const [one, other] = [numbers(logits([prompt])), numbers(logits([[...prompt.slice(0, 4), 9, 8, 7]]))];
  assert.equal(one.slice(0, 4 * V), other.slice(0, 4 * V));
  assert.not.equal(one.slice(4 * V), other.slice(4 * V));
});

test("neither left padding nor a neighbour changes a row", () => {
  const V = policy.config.vocab_size;
  const alone = numbers(tf.tidy(() => logits([prompt]).logSoftmax()));
  const padded = numbers(tf.tidy(() => logits([prompt, [...Array<number>(9).fill(1), 2, 3]]).logSoftmax()));
  close(padded.slice(4 * V, 11 * V), alone, { rtol: 0, atol: 1e-5 }); // row 0 has 4 pads before its 7 tokens
});

test("one token at a time with a cache gives what the whole sequence gives", async () => {
  const rows = [prompt, prompt.slice(3)];
  const V = policy.config.vocab_size;
  const whole = numbers(logits(rows)); // [2·7, V]
  const left = await tensorsLeftBy(() => {
    const start = rows.map((row) => row.slice(0, -3));
    const { ids, padding, length } = leftPad(start, 0);
    const caches: KVCache[] = [];
    tf.tidy(
      () =>
        void hiddenStates(policy, tf.tensor2d(ids.flat(), [2, length], "int32"), padding, {
          continuing: {
            before: 0,
            rotation: policy.rope.range(0, length),
            extend: (newest) => caches[caches.push(copy(newest)) - 1]!,
          },
        }),
    );
    for (let t = 4; t < 7; t++) {
      const next = tf.tidy(() => {
        const newest = tf.tensor1d(
          rows.map((row) => row[row.length - 7 + t]!),
          "int32",
        );
        return logitsOf(
          policy.weights,
          nextHidden(policy, newest, policy.rope.range(t, 1), paddingMask(padding, t + 1), caches),
        );
      });
      const expected = [0, 1].flatMap((b) => whole.slice((b * 7 + t) * V, (b * 7 + t + 1) * V));
      close(numbers(next), expected, { rtol: 1e-4, atol: 1e-4, what: `token ${t}` });
    }
    tf.dispose(caches);
  });
  assert.is(left, 0);
});

test("a mask forbids what is later and what is padding, and leaves each pad token itself", () => {
  const mask = causalMask([1], 3, 2);
  assert.equal(mask.shape, [1, 1, 6, 3]); // 2 query heads a key/value head, 3 tokens each
  const [o, x] = [0, -1e9];
  close(
    numbers(mask),
    [
      [o, x, x],
      [x, o, x],
      [x, o, o],
      [o, x, x],
      [x, o, x],
      [x, o, o],
    ].flat(),
    { rtol: 1e-6 },
  );
});

test("where rows have the same padding one mask serves all, and earlier columns stand at its left", () => {
  const mask = causalMask([1, 1], 2, 1, 2);
  assert.equal(mask.shape, [1, 1, 2, 4]);
  const [o, x] = [0, -1e9];
  close(
    numbers(mask),
    [
      [x, o, o, x],
      [x, o, o, o],
    ].flat(),
    { rtol: 1e-6 },
  );
});

test("a large mask is kept once for all query heads of a group, and means the same", () => {
  const [T, G] = [1100, 4]; // 4 · 1100² is past 2^22
  const mask = causalMask([0], T, G);
  assert.equal(mask.shape, [1, 1, T, T]);
  mask.dispose();
  const scores = tf.randomNormal([2, 3, 2 * 7, 7], 0, 1, "float32", 1) as tf.Tensor4D;
  // the first is what a large one would be for the 2 heads a group
  const [large, small] = [causalMask([0], 7, 1), causalMask([0], 7, 2)].map((mask) => numbers(masked(scores, mask)));
  assert.equal(large, small);
});

test("the gradient reaches every weight", () => {
  tf.tidy(() => {
    const { grads } = tf.variableGrads(
      () => logits([prompt]).logSoftmax().slice([0, 0], [7, 40]).mean() as tf.Scalar,
      policy.variables,
    );
    for (const [name, gradient] of Object.entries(grads)) assert.ok(gradient.abs().max().dataSync()[0]! > 0, name);
    assert.is(Object.keys(grads).length, policy.variables.length);
  });
});

test("the gradient of a log-probability is what moving a weight does to it", () => {
  const variable = policy.variables[2]!; // the first layer's packed projections
  const loss = () => tf.tidy(() => logits([prompt]).logSoftmax().slice([6, 3], [1, 1]).sum() as tf.Scalar);
  const gradient = tf.tidy(() => Array.from(tf.variableGrads(loss, [variable]).grads[variable.name]!.dataSync()));
  const original = variable.dataSync().slice() as Float32Array;
  const at = (i: number, step: number) => {
    const moved = original.slice();
    moved[i]! += step;
    tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
    return numbers(loss())[0]!;
  };
  for (const i of [0, 17, 200, 400])
    close([(at(i, 0.01) - at(i, -0.01)) / 0.02], [gradient[i]!], { rtol: 0.02, atol: 2e-3, what: `weight ${i}` });
  tf.tidy(() => variable.assign(tf.tensor(original, variable.shape)));
});

type Recorded = { positions: { token: number; next: number; logits?: number[] }[] };
const stories = sharedFile("data/ref/llama2c/stories260K.bin");
const llama = stories === undefined ? undefined : readLlama2c(stories);
const recorded = sharedJson("data/ref/llama2c/logits.0.json") as Recorded | undefined;
if (llama && recorded) {
  test("a real trained Llama gives the logits, and the 128 greedy tokens, that llama2.c gives", () => {
    const { config, arrays } = llama;
    const { positions } = recorded;
    const tokens = positions.map(({ token }) => token);
    const actual = tf.tidy(() => {
      const rope = rotaryTables(tokens.length, config.head_dim, config.rope_theta);
      const weights = fromArrays("stories260K.bin", arrays, config);
      const _G = config.num_attention_heads / config.num_key_value_heads;
      return logitsOf(
        weights,
        hiddenStates({ weights, config, rope }, tf.tensor2d([tokens], undefined, "int32"), [0]),
      ).arraySync();
    });
    for (const [t, { next, logits }] of positions.entries()) {
      if (logits) close(actual[t]!, logits, { rtol: 0, atol: 1e-3, what: `position ${t}` });
      if (t > 4) assert.is(actual[t]!.indexOf(Math.max(...actual[t]!)), next); // the prompt is five tokens long
    }
  });
}

test.run();
