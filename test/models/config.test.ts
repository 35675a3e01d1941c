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

test("another architecture is refused, and so are embeddings that are not tied", () => {
  refused({ model_type: "llama" }, /model_type is "llama"/);
  refused({ tie_word_embeddings: false }, /tie_word_embeddings false/);
  refused({ model_type: undefined }, /model_type is undefined/);
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
