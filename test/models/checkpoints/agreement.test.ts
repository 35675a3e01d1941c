import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { agreeing } from "../../../lib/models/checkpoints/agreement";
import { inMemory, readArray, type NamedArray } from "../../../lib/models/checkpoints/array-source";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import type { DecoderConfig } from "../../../lib/models/decoder/config";
import { toArrays } from "../../../lib/models/checkpoints/write-weights";
import { initialWeights } from "../../../lib/models/decoder/initial-weights";
import { tensorsOf } from "../../../lib/models/decoder/weights";
import { tinyConfig } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const untied: DecoderConfig = { ...tinyConfig, tie_word_embeddings: false };
const llama: DecoderConfig = { ...tinyConfig, model_type: "llama" };
const of = (...shape: number[]): NamedArray => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
});

function arraysFor(config: DecoderConfig): Record<string, NamedArray> {
  const weights = initialWeights(config, random(1));
  const arrays = toArrays(weights, config);
  tf.dispose(tensorsOf(weights));
  return arrays;
}
const agreed = (config: DecoderConfig, arrays: Record<string, NamedArray>) =>
  agreeing(config, inMemory("m.safetensors", arrays));
const refused = (config: DecoderConfig, extra: Record<string, NamedArray>, pattern: RegExp) =>
  assert.throws(
    () => agreed(config, { ...arraysFor(config), ...extra }),
    (error: Error) => error.name === "CorruptData" && pattern.test(error.message),
    String(pattern),
  );

test("where nothing disagrees, nothing is said", () => {
  for (const config of [tinyConfig, untied, llama]) {
    const { notes, ...rest } = agreed(config, arraysFor(config));
    assert.equal([notes, rest.config], [[], config]);
  }
});

test("tied embeddings with two arrays stay tied where these are equal, and are untied where they are not", () => {
  const arrays = arraysFor(tinyConfig);
  const embedding = arrays["model.embed_tokens.weight"]!;
  const same = agreed(tinyConfig, { ...arrays, "lm_head.weight": embedding });
  assert.equal([same.config, same.notes], [tinyConfig, []]);
  const other = agreed(tinyConfig, {
    ...arrays,
    "lm_head.weight": { ...embedding, data: embedding.data.map((value, i) => (i === 4799 ? 1 : value)) },
  });
  assert.equal(other.config, untied);
  assert.match(
    other.notes.join(),
    /tie_word_embeddings is true, but m\.safetensors has a lm_head\.weight of other numbers/,
  );
});

test("where only the output projection was saved, it is the embedding too", () => {
  const { "model.embed_tokens.weight": embedding, ...rest } = arraysFor(tinyConfig);
  const { source, notes } = agreed(tinyConfig, { ...rest, "lm_head.weight": embedding! });
  assert.equal(readArray(source, "model.embed_tokens.weight"), embedding);
  assert.match(notes.join(), /no model\.embed_tokens\.weight: lm_head\.weight is taken for both/);
});

test("a Qwen2 saved without biases has zeros", () => {
  const arrays = Object.fromEntries(Object.entries(arraysFor(tinyConfig)).filter(([name]) => !name.endsWith(".bias")));
  const { source, notes } = agreed(tinyConfig, arrays);
  assert.equal(readArray(source, "model.layers.1.self_attn.k_proj.bias"), { shape: [8], data: new Float32Array(8) });
  assert.match(notes.join(), /lacks model\.layers\.0\.self_attn\.q_proj\.bias and 5 more arrays: zeros are taken/);
});

test(
  "what transformers leaves out is left out and said: biases and layers that config.json does not ask for, heads " +
    "of other tasks",
  () => {
    const said = (extra: Record<string, NamedArray>) => agreed(llama, { ...arraysFor(llama), ...extra }).notes.join();
    assert.match(
      said({ "model.layers.0.self_attn.o_proj.bias": of(16) }),
      /o_proj\.bias, which config\.json does not ask for/,
    );
    assert.match(
      said({ "model.layers.2.mlp.up_proj.weight": of(24, 16) }),
      /model\.layers\.2\.mlp\.up_proj\.weight, but num_hidden_layers is 2/,
    );
    assert.match(said({ "v_head.summary.weight": of(1, 16) }), /v_head\.summary\.weight, which no decoder needs/);
  },
);

test("tables that older versions saved are passed over without a word", () => {
  const extra = { "model.layers.0.self_attn.rotary_emb.inv_freq": of(2), "model.rotary_emb.inv_freq": of(2) };
  assert.equal(agreed(llama, { ...arraysFor(llama), ...extra }).notes, []);
});

test("an array that changes what is computed, and is not computed here, is refused by name", () => {
  refused(
    llama,
    { "model.layers.1.self_attn.q_norm.weight": of(4) },
    /^m\.safetensors: model\.layers\.1\.self_attn\.q_norm\.weight \[4\] is no part of the decoder/,
  );
  refused(llama, { "model.layers.0.block_sparse_moe.gate.weight": of(8, 16) }, /block_sparse_moe\.gate\.weight/);
  refused(tinyConfig, { "model.layers.0.self_attn.sinks": of(4) }, /self_attn\.sinks/);
  refused(llama, { "model.layers.0.mlp.down_proj.weight_scale_inv": of(1, 1) }, /weight_scale_inv/);
  refused(llama, { "lm_head.bias": of(300) }, /lm_head\.bias/);
  refused(llama, { "model.embed_norm.weight": of(16) }, /embed_norm/);
});

test("a body that was saved alone is found without its prefix", () => {
  const bare = Object.fromEntries(
    Object.entries(arraysFor(llama)).map(([name, array]) => [name.replace(/^model\./, ""), array]),
  );
  const { source, notes } = agreed(llama, bare);
  assert.equal(
    [readArray(source, "model.norm.weight").shape, source.names.includes("model.layers.1.mlp.up_proj.weight"), notes],
    [[16], true, []],
  );
});

test("a config that promises a billion layers is answered at once", () => {
  assert.is(agreed({ ...tinyConfig, num_hidden_layers: 1e9 }, arraysFor(tinyConfig)).notes.length, 0);
});

test.run();
