import { CorruptData } from "../core/errors";

/** Shape of a Qwen2 decoder, in the words of Hugging Face's config.json. */
export interface DecoderConfig {
  readonly vocab_size: number; // V
  readonly hidden_size: number; // C
  readonly num_hidden_layers: number; // L
  readonly num_attention_heads: number; // H
  readonly num_key_value_heads: number; // K, divides H
  readonly head_dim: number; // D, even
  readonly intermediate_size: number; // F, width of the SwiGLU
  readonly rms_norm_eps: number;
  readonly rope_theta: number; // RoPE base
  readonly max_position_embeddings: number; // tokens
}

/** The small policy: 2.9 million parameters with a vocabulary of 2,048. */
export const smallDecoder: DecoderConfig = {
  vocab_size: 2048,
  hidden_size: 256,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 64,
  intermediate_size: 512,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  max_position_embeddings: 512,
};

/** The config.json that transformers reads back as Qwen2. */
export const toHuggingFace = (config: DecoderConfig, { eos, pad }: { eos: number; pad: number }): object => ({
  architectures: ["Qwen2ForCausalLM"],
  model_type: "qwen2",
  hidden_act: "silu",
  tie_word_embeddings: true,
  attention_dropout: 0,
  initializer_range: 0.02,
  use_cache: true,
  torch_dtype: "bfloat16",
  bos_token_id: null,
  eos_token_id: eos,
  pad_token_id: pad,
  ...config,
});

/** Checks a parsed config.json. Throws CorruptData naming the field. */
export function fromHuggingFace(file: string, json: Record<string, unknown>): DecoderConfig {
  if (json.model_type !== "qwen2" || json.tie_word_embeddings !== true) {
    throw new CorruptData(file, `model_type is ${JSON.stringify(json.model_type)} with tie_word_embeddings ${JSON.stringify(json.tie_word_embeddings)}`, "This loader reads Qwen2 decoders with tied embeddings.");
  }
  const head = json.head_dim ?? Number(json.hidden_size) / Number(json.num_attention_heads);
  const config = { ...json, head_dim: head } as Record<string, unknown>;
  for (const name of Object.keys(smallDecoder)) {
    const value = config[name];
    const count = name !== "rms_norm_eps" && name !== "rope_theta";
    if (typeof value !== "number" || !(value > 0) || !Number.isFinite(value) || (count && !Number.isInteger(value))) {
      throw new CorruptData(file, `${name} is ${typeof value === "number" ? value : JSON.stringify(value)}`, `It must be a positive ${count ? "whole " : ""}number.`);
    }
  }
  const known = Object.keys(smallDecoder).map((name) => [name, config[name]]);
  const decoder = Object.fromEntries(known) as DecoderConfig;
  if (decoder.head_dim % 2 !== 0) throw new CorruptData(file, `head_dim is ${decoder.head_dim}`, "It must be even: rotary embeddings turn dimensions in pairs.");
  if (decoder.num_attention_heads % decoder.num_key_value_heads !== 0) {
    throw new CorruptData(file, `num_attention_heads ${decoder.num_attention_heads} is not a multiple of num_key_value_heads ${decoder.num_key_value_heads}`, "Each key/value head serves the same number of query heads.");
  }
  return decoder;
}
