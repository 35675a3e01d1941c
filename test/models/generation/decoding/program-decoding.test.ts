import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../../lib/backend/choose";
import { kernels } from "../../../../lib/backend/kernels-in-use";
import { tf } from "../../../../lib/backend/tf";
import type { DecoderConfig } from "../../../../lib/models/decoder/config";
import { eagerDecoding, type Decoding } from "../../../../lib/models/generation/decoding/decoding";
import { generateBatch } from "../../../../lib/models/generation/generate";
import { decodingOf, programDecoding } from "../../../../lib/models/generation/decoding/program-decoding";
import { joinRows, selectRows } from "../../../../lib/models/decoder/kv-cache";
import { model } from "../../../../lib/models/model";
import { leftPad } from "../../../../lib/models/decoder/padding";
import { untrained, type Policy } from "../../../../lib/models/policy";
import { ongoingCompletion } from "../../../../lib/models/generation/ongoing-completion";
import { samplingSettings } from "../../../../lib/models/generation/sampling-options";
import { generateTokens } from "../../../../lib/models/generation/batch-loop";
import {
  close,
  taught,
  temporaryFolder,
  tensorsLeftBy,
  tinyConfig,
  tinyPolicy,
  tinyTokenizer,
} from "../../../fixtures";
import { skip } from "../../../skip";

let native = false;
test.before(async () => {
  native = await useBackend("native").then(
    () => kernels().decodeStep !== undefined,
    () => false,
  );
});

/** The program is for native TensorFlow: elsewhere these tests have nothing to say. */
const onNative = (name: string, claim: () => void | Promise<void>) =>
  test(name, async () =>
    native ? claim() : skip("native TensorFlow, with the operations that set-up compiles, is not here"),
  );

const rows = [
  [5, 120, 250, 33, 5, 299, 71],
  [5, 120, 250],
  [7, 120, 250, 33, 9, 10, 11, 12, 13],
];

/** An untrained policy, its weights wide enough for attention and positions to matter. */
function policyWith(changes: Partial<DecoderConfig>): Policy {
  const policy = untrained({ ...tinyConfig, ...changes }, tinyTokenizer, 3);
  for (const variable of policy.variables)
    tf.tidy(() =>
      variable.assign(
        variable.rank === 2
          ? tf.mul(variable, 4)
          : tf.add(variable, tf.range(0, variable.size).mul(1.7).sin().mul(0.2)),
      ),
    );
  return policy;
}

/**
 * Logits of the prompts' last tokens and of `steps` greedy tokens after them, step by step; everything is disposed of.
 */
function greedy(
  decoding: Decoding,
  prompts: readonly (readonly number[])[],
  steps: number,
): { tokens: number[][]; logits: number[][] } {
  const { ids, padding, length } = leftPad(prompts, 0);
  const read = decoding.prefill(ids, padding);
  let logits = read.logits;
  const seen: number[][] = [];
  const tokens: number[][] = [];
  for (let t = 0; t <= steps; t++) {
    seen.push([...logits.dataSync()]);
    tokens.push(tf.tidy(() => [...tf.argMax(logits, -1).dataSync()]));
    logits.dispose();
    if (t < steps) logits = decoding.next(tokens[t]!, length + t, padding, read.caches);
  }
  tf.dispose(read.caches);
  decoding.dispose?.();
  return { tokens, logits: seen };
}

const shapes: readonly (readonly [string, Partial<DecoderConfig>])[] = [
  ["qwen2: biases, tied", {}],
  ["qwen3: norms of query and key heads, untied", { model_type: "qwen3", tie_word_embeddings: false }],
  [
    "llama: neither, heads of 64, three query heads to a key head",
    { model_type: "llama", head_dim: 64, num_attention_heads: 9, num_key_value_heads: 3 },
  ],
  [
    "llama 3: scaled positions, five query heads to one key head, heads of 80",
    {
      model_type: "llama",
      head_dim: 80,
      num_attention_heads: 5,
      num_key_value_heads: 1,
      rope_scaling: { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 16 },
    },
  ],
  [
    "qwen3 with wide heads, one query head each",
    { model_type: "qwen3", head_dim: 128, num_attention_heads: 2, num_key_value_heads: 2, intermediate_size: 40 },
  ],
];
for (const [name, changes] of shapes) {
  onNative(
    `${name}: logits are the eager ones within 1e-5 over 40 tokens of three padded rows, and the tokens the same`,
    async () => {
      const policy = policyWith(changes);
      const left = await tensorsLeftBy(() => {
        const expected = greedy(eagerDecoding(policy), rows, 40);
        const actual = greedy(programDecoding(kernels().decodeStep!, policy), rows, 40);
        assert.equal(actual.tokens, expected.tokens);
        for (const [t, logits] of actual.logits.entries())
          close(logits, expected.logits[t]!, { rtol: 1e-5, atol: 1e-5, what: `step ${t}` });
      });
      assert.is(left, 0);
      policy.dispose();
    },
  );
}

onNative("rows that leave, lose columns and are joined by others go on as eager ones do", async () => {
  const policy = tinyPolicy();
  const run = (decoding: Decoding): number[] => {
    const { ids, padding, length } = leftPad(rows, 0); // padding 2, 6, 0 of 9 columns
    const { logits, caches } = decoding.prefill(ids, padding);
    logits.dispose();
    for (const t of [0, 1, 2]) decoding.next([40, 41, 42], length + t, padding, caches).dispose();
    const kept = tf.tensor1d([1, 0], "int32"); // padding 6, 2 of 12 columns: two can go
    const other = decoding.prefill([[9, 8, 7]], [0]);
    // 4, 0 and 10 − 3 = 7 of 10 columns
    const joined = caches.map((cache, l) => joinRows(selectRows(cache, kept, 2, 12), other.caches[l]!, 10));
    const after = [50, 51].map((token, t) => [
      ...tf.tidy(() => decoding.next([token, token, token], 10 + t, [4, 0, 7], joined).dataSync()),
    ]);
    tf.dispose([kept, other.logits, ...joined]);
    decoding.dispose?.();
    return after.flat();
  };
  const left = await tensorsLeftBy(() =>
    close(run(programDecoding(kernels().decodeStep!, policy)), run(eagerDecoding(policy)), {
      rtol: 1e-5,
      atol: 1e-5,
    }),
  );
  assert.is(left, 0);
  policy.dispose();
});

onNative("a whole generation, refilled twice, writes what the eager one writes", async () => {
  const policy = tinyPolicy();
  const { tokenizer } = policy;
  const prompts = Array.from({ length: 7 }, (_, i) => rows[i % 3]!.map((id) => (id + 11 * i) % 290));
  const left = await tensorsLeftBy(async () => {
    const options = { maxTokens: 20, temperature: 0, batch: 3 };
    const own = await generateBatch(policy, prompts, options);
    const settings = samplingSettings(options);
    const eager = prompts.map((prompt, index) => ongoingCompletion(prompt, index, tokenizer, settings));
    for await (const _ of generateTokens(eagerDecoding(policy), eager, tokenizer.pad, {
      ...settings,
      batch: 3,
    }));
    assert.equal(
      own.map(({ tokens }) => tokens),
      eager.map((row) => row.tokens),
    );
  });
  assert.is(left, 0);
  policy.dispose();
});

onNative("weights that training assigns are those of the next step", async () => {
  const policy = tinyPolicy();
  const decoding = programDecoding(kernels().decodeStep!, policy);
  const before = greedy(decoding, rows, 1).logits[1]!;
  for (const variable of policy.variables) tf.tidy(() => variable.assign(tf.mul(variable, 0.9)));
  const after = greedy(decoding, rows, 1).logits[1]!;
  close(after, greedy(eagerDecoding(policy), rows, 1).logits[1]!, { rtol: 1e-5, atol: 1e-5 });
  assert.ok(after.some((value, i) => Math.abs(value - before[i]!) > 0.01));
  policy.dispose();
});

for (const [name, changes] of shapes.slice(0, 2)) {
  onNative(`${name}: adapters, and matrices kept as bfloat16, give the eager logits too`, async () => {
    const whole = policyWith(changes);
    const folder = temporaryFolder();
    whole.save(folder);
    whole.dispose();
    for (const loading of [{}, { frozen: "bf16" }] as const) {
      const base = await model(folder, loading);
      for (const policy of [
        base,
        taught(base.adapt({ rank: 2 })),
        taught(base.adapt({ rank: 3, targets: ["k_proj", "down_proj"], rslora: true })),
      ]) {
        const left = await tensorsLeftBy(() => {
          const expected = greedy(eagerDecoding(policy), rows, 10);
          const actual = greedy(decodingOf(policy), rows, 10);
          assert.equal(actual.tokens, expected.tokens);
          for (const [t, logits] of actual.logits.entries())
            close(logits, expected.logits[t]!, { rtol: 1e-5, atol: 1e-5, what: `step ${t}` });
        });
        assert.is(left, 0);
        policy.dispose();
      }
    }
  });
}

onNative("a row whose padding leaves it no token is refused, with no result", async () => {
  const policy = tinyPolicy();
  const decoding = programDecoding(kernels().decodeStep!, policy);
  const left = await tensorsLeftBy(() => {
    const { logits, caches } = decoding.prefill([[5, 6, 7]], [0]);
    assert.throws(() => decoding.next([8], 3, [4], caches), /DecoderProgram: a row's padding leaves it no position/);
    tf.dispose([logits, ...caches]);
  });
  assert.is(left, 0);
  policy.dispose();
});

test.run();
