import { test } from "uvu";
import * as assert from "uvu/assert";
import { smallDecoder, toHuggingFace, type DecoderConfig } from "../../../lib/models/decoder/config";
import { fromHuggingFace } from "../../../lib/models/checkpoints/config-json";
import type { Llama3Scaling } from "../../../lib/models/decoder/rope-scaling";

const json = (changes: Record<string, unknown> = {}) =>
  ({ ...toHuggingFace(smallDecoder, { eos: 2, pad: 0 }, "F32"), ...changes }) as Record<string, unknown>;
const refused = (changes: Record<string, unknown>, pattern: RegExp) =>
  assert.throws(
    () => fromHuggingFace("config.json", json(changes)),
    (error: Error) =>
      error.name === "CorruptData" && error.message.startsWith("config.json: ") && pattern.test(error.message),
  );

test("a config goes to Hugging Face's words and back", () =>
  assert.equal(fromHuggingFace("config.json", json()), smallDecoder));

test("what is written is a Qwen2 with tied embeddings and the tokenizer's own ids", () => {
  const { model_type, architectures, tie_word_embeddings, eos_token_id, pad_token_id, hidden_act } = json();
  assert.equal(
    { model_type, architectures, tie_word_embeddings, eos_token_id, pad_token_id, hidden_act },
    {
      model_type: "qwen2",
      architectures: ["Qwen2ForCausalLM"],
      tie_word_embeddings: true,
      eos_token_id: 2,
      pad_token_id: 0,
      hidden_act: "silu",
    },
  );
});

test("Qwen2's own config.json has no head_dim: it is the width over the heads", () => {
  const { head_dim, ...rest } = json();
  assert.is(fromHuggingFace("config.json", rest).head_dim, 64); // 256 / 4
  assert.is(head_dim, 64);
});

test("another architecture is refused with those that are read", () => {
  refused({ model_type: "mamba" }, /model_type is "mamba"\. This loader reads qwen2, qwen3, llama/);
  refused({ model_type: "bert" }, /It is an encoder: load it with encoder\(/);
  refused({ model_type: "toString" }, /model_type is "toString"/);
  refused({ model_type: undefined }, /model_type is undefined/);
});

test("whether embeddings are tied is said, or else the architecture's habit", () => {
  const tied = (changes: Record<string, unknown>) =>
    fromHuggingFace("config.json", json(changes)).tie_word_embeddings ?? true;
  assert.equal(
    [tied({ tie_word_embeddings: false }), tied({ model_type: "llama" }), tied({ tie_word_embeddings: undefined })],
    [false, true, false],
  );
});

test("every architecture goes to Hugging Face's words and back", () => {
  const scaling = { factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
  for (const config of [
    { model_type: "llama" as const, rope_scaling: scaling },
    { model_type: "qwen3" as const, tie_word_embeddings: false as const },
    { model_type: "mistral" as const, rope_scaling: { rope_type: "linear" as const, factor: 2 } },
  ]) {
    const whole: DecoderConfig = { ...smallDecoder, ...config };
    const written = toHuggingFace(whole, { eos: 2, pad: 0 }, "BF16");
    assert.equal(fromHuggingFace("config.json", written), whole);
    assert.equal(written.architectures, [
      { llama: "LlamaForCausalLM", qwen3: "Qwen3ForCausalLM", mistral: "MistralForCausalLM" }[config.model_type],
    ]);
  }
});

test("transformers 5 writes rope_theta and the scaling into rope_parameters", () => {
  const { rope_theta, ...rest } = json({ rope_parameters: { rope_type: "default", rope_theta: 5e5 } });
  assert.is(fromHuggingFace("config.json", rest).rope_theta, 5e5);
  assert.is(rope_theta, 10000);
  const both = json({
    rope_theta: 7,
    rope_parameters: { rope_type: "linear", factor: 2, rope_theta: 5e5 },
    rope_scaling: { type: "linear", factor: 3 },
  });
  assert.equal(
    [fromHuggingFace("config.json", both).rope_theta, fromHuggingFace("config.json", both).rope_scaling],
    [7, { rope_type: "linear", factor: 3 }],
    "rope_scaling counts, as in transformers",
  );
});

test("what this decoder does not compute is refused by name, and never ignored", () => {
  refused({ hidden_act: "gelu" }, /hidden_act is "gelu"/);
  for (const model_type of ["llama", "qwen3"]) refused({ model_type, attention_bias: true }, /attention_bias is true/);
  refused({ model_type: "llama", mlp_bias: true }, /mlp_bias is true/);
  refused({ quantization_config: { quant_method: "gptq", bits: 4 } }, /quantised \(quant_method "gptq"\)/);
  refused({ final_logit_softcapping: 30 }, /final_logit_softcapping is 30/);
  refused({ num_local_experts: 8 }, /num_local_experts is 8/);
  refused({ partial_rotary_factor: 0.5 }, /partial_rotary_factor is 0\.5/);
  refused(
    { rope_parameters: { rope_type: "default", rope_theta: 1e4, partial_rotary_factor: 0.5 } },
    /rope_parameters\.partial_rotary_factor is 0\.5/,
  );
  refused({ logits_scaling: 8 }, /logits_scaling is 8/);
  for (const type of ["yarn", "dynamic", "longrope", "su", "mrope", "proportional"])
    refused({ rope_scaling: { type, factor: 4 } }, new RegExp(`the type of rope_scaling is "${type}"`));
  refused({ rope_scaling: { rope_type: "llama3", factor: 8 } }, /rope_scaling\.low_freq_factor is undefined/);
  refused({ rope_scaling: "linear" }, /rope_scaling is "linear"/);
  refused(
    { rope_parameters: { full_attention: { rope_type: "default" }, sliding_attention: { rope_type: "default" } } },
    /parameters of its own for full_attention/,
  );
});

test("a sliding window is refused where it is in effect, and only there", () => {
  const reads = (changes: Record<string, unknown>) => fromHuggingFace("config.json", json(changes)).num_hidden_layers;
  refused(
    { use_sliding_window: true, sliding_window: 64, max_window_layers: 2 },
    /sliding_window is 64 and use_sliding_window true, of 512 positions/,
  );
  refused(
    { layer_types: ["full_attention", "sliding_attention", "full_attention", "full_attention"] },
    /layer_types has "sliding_attention"/,
  );
  refused({ model_type: "mistral", sliding_window: 64 }, /sliding_window is 64, of 512 positions/);
  // the default
  refused({ model_type: "mistral", max_position_embeddings: 32768 }, /sliding_window is 4096, of 32768 positions/);
  for (const changes of [
    { use_sliding_window: true, sliding_window: 64 }, // from layer 28 of 4
    { use_sliding_window: true, sliding_window: 512, max_window_layers: 0 }, // as wide as the context
    {
      use_sliding_window: true,
      sliding_window: 64,
      max_window_layers: 0,
      layer_types: Array(4).fill("full_attention"),
    },
    { use_sliding_window: false, sliding_window: 64 },
    { model_type: "mistral", sliding_window: null },
    { model_type: "mistral", sliding_window: 4096 },
    { model_type: "llama", sliding_window: 64 }, // transformers has no such field of a Llama
  ])
    assert.is(reads(changes), 4, JSON.stringify(changes));
});

test("fields that are left out are as in transformers: Llama 2's first files, Qwen3's head of 128", () => {
  const sizes = {
    vocab_size: 300,
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 32,
    intermediate_size: 96,
  };
  const read = (model_type: string, changes: Record<string, unknown> = {}) => {
    const {
      num_key_value_heads: kv,
      head_dim,
      rms_norm_eps,
      rope_theta,
      max_position_embeddings,
      tie_word_embeddings,
    } = fromHuggingFace("config.json", { ...sizes, sliding_window: null, model_type, ...changes });
    return [kv, head_dim, rms_norm_eps, rope_theta, max_position_embeddings, tie_word_embeddings];
  };
  assert.equal(read("llama"), [32, 2, 1e-6, 10000, 2048, false]);
  assert.equal(read("qwen2"), [32, 2, 1e-6, 10000, 32768, false]);
  assert.equal(read("qwen3"), [32, 128, 1e-6, 10000, 32768, false]);
  assert.equal(read("mistral"), [8, 2, 1e-6, 10000, 131072, false]);
  assert.is(read("mistral", { num_key_value_heads: null })[0], 32);
  const llama3 = { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
  const original = (changes: Record<string, unknown>) =>
    (fromHuggingFace("config.json", json({ model_type: "llama", ...changes })).rope_scaling as Llama3Scaling)
      .original_max_position_embeddings;
  assert.equal(
    [original({ rope_scaling: llama3 }), original({ rope_scaling: llama3, original_max_position_embeddings: 64 })],
    [512, 64],
  );
});

test("what changes nothing refuses nothing", () => {
  const changes = {
    attention_bias: true,
    pretraining_tp: 2,
    swiglu_limit: 7,
    hidden_act: "swish",
    rope_scaling: { type: "default" },
    num_experts: 0,
    quantization_config: null,
    partial_rotary_factor: 1,
    auto_map: { AutoModel: "x" },
  };
  // a Qwen2 has its biases whatever attention_bias says
  assert.equal(fromHuggingFace("config.json", json(changes)), smallDecoder);
});

test("config.json names the type of the numbers beside it, in the words of transformers 4 and 5", () => {
  for (const [format, type] of [
    ["F32", "float32"],
    ["BF16", "bfloat16"],
  ] as const) {
    const { dtype, torch_dtype } = toHuggingFace(smallDecoder, { eos: 2, pad: 0 }, format);
    assert.equal([dtype, torch_dtype], [type, type]);
  }
});

test("without num_key_value_heads every query head of a Llama has its own", () => {
  const { num_key_value_heads, ...rest } = json({ model_type: "llama" });
  assert.equal([fromHuggingFace("config.json", rest).num_key_value_heads, num_key_value_heads], [4, 2]);
});

test("a missing, textual, negative or non-finite number is refused by name", () => {
  for (const name of Object.keys(smallDecoder) as (keyof DecoderConfig)[]) {
    for (const value of ["256", -1, 0, NaN]) refused({ [name]: value }, new RegExp(`${name} is `));
  }
  refused({ intermediate_size: undefined }, /intermediate_size is undefined/);
});

test("heads that do not divide are refused with both numbers", () =>
  refused({ num_key_value_heads: 3 }, /num_attention_heads 4 is not a multiple of num_key_value_heads 3/));

test("a size that is no whole number is refused by name, and so is an odd head_dim, which RoPE cannot pair", () => {
  refused({ hidden_size: 256.5 }, /hidden_size is 256\.5/);
  refused({ num_hidden_layers: 1e999 }, /num_hidden_layers is/);
  refused({ head_dim: 63 }, /head_dim/);
});

test.run();
