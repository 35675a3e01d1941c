import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromHuggingFace, smallDecoder, toHuggingFace, type DecoderConfig } from "../../lib/models/config";

const json = (changes: Record<string, unknown> = {}) => ({ ...toHuggingFace(smallDecoder, { eos: 2, pad: 0 }), ...changes }) as Record<string, unknown>;
const refused = (changes: Record<string, unknown>, pattern: RegExp) =>
  assert.throws(() => fromHuggingFace("config.json", json(changes)), (error: Error) => error.name === "CorruptData" && error.message.startsWith("config.json: ") && pattern.test(error.message));

test("a config goes to Hugging Face's words and back", () => assert.equal(fromHuggingFace("config.json", json()), smallDecoder));

test("what is written is a Qwen2 with tied embeddings and the tokenizer's own ids", () => {
  const { model_type, architectures, tie_word_embeddings, eos_token_id, pad_token_id, hidden_act } = json();
  assert.equal({ model_type, architectures, tie_word_embeddings, eos_token_id, pad_token_id, hidden_act }, { model_type: "qwen2", architectures: ["Qwen2ForCausalLM"], tie_word_embeddings: true, eos_token_id: 2, pad_token_id: 0, hidden_act: "silu" });
});

test("Qwen2's own config.json has no head_dim: it is the width over the heads", () => {
  const { head_dim, ...rest } = json();
  assert.is(fromHuggingFace("config.json", rest).head_dim, 64); // 256 / 4
  assert.is(head_dim, 64);
});

test("another architecture is refused with those that are read", () => {
  refused({ model_type: "mamba" }, /model_type is "mamba"\. This loader reads qwen2, qwen3, llama/);
  refused({ model_type: "toString" }, /model_type is "toString"/);
  refused({ model_type: undefined }, /model_type is undefined/);
});

test("whether embeddings are tied is said, or else the architecture's habit", () => {
  const tied = (changes: Record<string, unknown>) => fromHuggingFace("config.json", json(changes)).tie_word_embeddings ?? true;
  assert.equal([tied({ tie_word_embeddings: false }), tied({ model_type: "llama" }), tied({ tie_word_embeddings: undefined })], [false, true, false]);
});

test("every architecture goes to Hugging Face's words and back", () => {
  const scaling = { factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
  for (const config of [{ model_type: "llama" as const, rope_scaling: scaling }, { model_type: "qwen3" as const, tie_word_embeddings: false as const }]) {
    const whole: DecoderConfig = { ...smallDecoder, ...config };
    const written = toHuggingFace(whole, { eos: 2, pad: 0 });
    assert.equal(fromHuggingFace("config.json", written), whole);
    assert.equal(written.architectures, [config.model_type === "llama" ? "LlamaForCausalLM" : "Qwen3ForCausalLM"]);
  }
});

test("transformers 5 writes rope_theta and the scaling into rope_parameters", () => {
  const { rope_theta, ...rest } = json({ rope_parameters: { rope_type: "default", rope_theta: 5e5 } });
  assert.is(fromHuggingFace("config.json", rest).rope_theta, 5e5);
  assert.is(rope_theta, 10000);
});

test("what this decoder does not compute is refused by name, and never ignored", () => {
  refused({ hidden_act: "gelu" }, /hidden_act is "gelu"/);
  refused({ model_type: "llama", attention_bias: true }, /attention_bias is true/);
  refused({ use_sliding_window: true }, /use_sliding_window is true/);
  refused({ rope_scaling: { type: "yarn", factor: 4 } }, /the type of rope_scaling is "yarn"/);
  refused({ rope_scaling: { rope_type: "llama3", factor: 8 } }, /rope_scaling\.low_freq_factor is undefined/);
});

test("without num_key_value_heads every query head has its own", () => {
  const { num_key_value_heads, ...rest } = json();
  assert.equal([fromHuggingFace("config.json", rest).num_key_value_heads, num_key_value_heads], [4, 2]);
});

test("a missing, textual, negative or non-finite number is refused by name", () => {
  for (const name of Object.keys(smallDecoder) as (keyof DecoderConfig)[]) {
    for (const value of ["256", -1, 0, NaN]) refused({ [name]: value }, new RegExp(`${name} is `));
  }
  refused({ intermediate_size: undefined }, /intermediate_size is undefined/);
});

test("heads that do not divide are refused with both numbers", () => refused({ num_key_value_heads: 3 }, /num_attention_heads 4 is not a multiple of num_key_value_heads 3/));

test("a size that is no whole number is refused by name, and so is an odd head_dim, which RoPE cannot pair", () => {
  refused({ hidden_size: 256.5 }, /hidden_size is 256\.5/);
  refused({ num_hidden_layers: 1e999 }, /num_hidden_layers is/);
  refused({ head_dim: 63 }, /head_dim/);
});

test.run();
