import { CorruptData } from "../core/errors";
import { architectures, isModelType, type ModelType } from "./architectures";
import type { Llama3Scaling } from "./rope-scaling";

/** Shape of a decoder, in the words of Hugging Face's config.json. */
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
  readonly model_type?: Exclude<ModelType, "qwen2">; // a Qwen2 if absent
  readonly tie_word_embeddings?: false; // the output projection is the embedding if absent
  readonly rope_scaling?: Llama3Scaling;
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

/** What kind of decoder a config describes. */
export const modelTypeOf = (config: DecoderConfig): ModelType => config.model_type ?? "qwen2";

/** The config.json that transformers reads back. */
export function toHuggingFace({ rope_scaling, ...config }: DecoderConfig, { eos, pad, bos }: { eos: number | readonly number[] | null; pad: number; bos?: number }): Record<string, unknown> {
  const model_type = modelTypeOf(config);
  return {
    architectures: [`${architectures[model_type].className}ForCausalLM`],
    model_type,
    hidden_act: "silu",
    tie_word_embeddings: true,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: "bfloat16",
    bos_token_id: bos ?? null,
    eos_token_id: eos,
    pad_token_id: pad,
    ...config,
    ...(rope_scaling && { rope_scaling: { rope_type: "llama3", ...rope_scaling } }),
  };
}

/** Parts of a config.json that change what is computed, and the only values of them that this decoder computes. */
const only: Readonly<Record<string, readonly unknown[]>> = {
  hidden_act: ["silu"],
  attention_bias: [false], // Qwen2's biases are not spelt out
  mlp_bias: [false],
  use_sliding_window: [false],
  pretraining_tp: [1],
  partial_rotary_factor: [1],
};

/** Checks a parsed config.json. Throws CorruptData naming the field. */
export function fromHuggingFace(file: string, json: Record<string, unknown>): DecoderConfig {
  const { model_type } = json;
  if (!isModelType(model_type)) throw new CorruptData(file, `model_type is ${JSON.stringify(model_type)}`, `This loader reads ${Object.keys(architectures).join(", ")}.`);
  for (const [name, values] of Object.entries(only)) {
    const value = json[name] ?? values[0];
    if (!values.includes(value)) throw new CorruptData(file, `${name} is ${JSON.stringify(value)}`, `This decoder computes ${values.map((each) => JSON.stringify(each)).join(" or ")} only.`);
  }
  const rope = ropeOf(file, json);
  const config: Record<string, unknown> = {
    ...json,
    head_dim: json.head_dim ?? Number(json.hidden_size) / Number(json.num_attention_heads),
    num_key_value_heads: json.num_key_value_heads ?? json.num_attention_heads,
    rope_theta: rope.theta,
  };
  for (const name of Object.keys(smallDecoder)) number(file, name, config[name], name !== "rms_norm_eps" && name !== "rope_theta");
  const known = Object.keys(smallDecoder).map((name) => [name, config[name]]);
  const tied = json.tie_word_embeddings ?? architectures[model_type].tied;
  const decoder: DecoderConfig = {
    ...(Object.fromEntries(known) as DecoderConfig),
    ...(model_type !== "qwen2" && { model_type }),
    ...(!tied && { tie_word_embeddings: false as const }),
    ...(rope.scaling && { rope_scaling: rope.scaling }),
  };
  if (decoder.head_dim % 2 !== 0) throw new CorruptData(file, `head_dim is ${decoder.head_dim}`, "It must be even: rotary embeddings turn dimensions in pairs.");
  if (decoder.num_attention_heads % decoder.num_key_value_heads !== 0) {
    throw new CorruptData(file, `num_attention_heads ${decoder.num_attention_heads} is not a multiple of num_key_value_heads ${decoder.num_key_value_heads}`, "Each key/value head serves the same number of query heads.");
  }
  return decoder;
}

/** A positive finite number, whole if it is a count. Throws CorruptData. */
function number(file: string, name: string, value: unknown, count: boolean): number {
  if (typeof value !== "number" || !(value > 0) || !Number.isFinite(value) || (count && !Number.isInteger(value))) {
    throw new CorruptData(file, `${name} is ${typeof value === "number" ? value : JSON.stringify(value)}`, `It must be a positive ${count ? "whole " : ""}number.`);
  }
  return value;
}

/** Base and scaling of the rotary embedding: `rope_theta` and `rope_scaling`, or, since transformers 5, both in `rope_parameters`. */
function ropeOf(file: string, json: Record<string, unknown>): { theta: unknown; scaling?: Llama3Scaling } {
  const scaling = (json.rope_parameters ?? json.rope_scaling ?? {}) as Record<string, unknown>;
  const theta = scaling.rope_theta ?? json.rope_theta;
  const type = scaling.rope_type ?? scaling.type ?? "default";
  if (type === "default") return { theta };
  if (type !== "llama3") throw new CorruptData(file, `the type of rope_scaling is ${JSON.stringify(type)}`, 'This decoder computes "default" and "llama3".');
  const of = (name: keyof Llama3Scaling) => number(file, `rope_scaling.${name}`, scaling[name], false);
  return { theta, scaling: { factor: of("factor"), low_freq_factor: of("low_freq_factor"), high_freq_factor: of("high_freq_factor"), original_max_position_embeddings: of("original_max_position_embeddings") } };
}
