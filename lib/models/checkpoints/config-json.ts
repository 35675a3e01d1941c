import { CorruptData } from "../../core/errors";
import { architectures, isModelType, type Absent, type Architecture, type ModelType } from "../decoder/architectures";
import { smallDecoder, type DecoderConfig } from "../decoder/config";
import type { Llama3Scaling, RopeScaling } from "../decoder/rope-scaling";

/**
 * Fields of config.json that change the result of some model and that this library does not compute, each with the
 * values that change nothing. An absent field, null, false, 0, and an empty list or object change nothing either.
 */
const inert: Readonly<Record<string, readonly unknown[]>> = {
  quantization_config: [],
  compression_config: [],
  pruned_heads: [],
  is_encoder_decoder: [],
  add_cross_attention: [],
  use_bidirectional_attention: [],
  attn_logit_softcapping: [],
  final_logit_softcapping: [],
  logit_softcapping: [],
  attention_logit_cap: [],
  num_experts: [1],
  num_local_experts: [1],
  n_routed_experts: [1],
  moe_intermediate_size: [],
  qk_layernorm: [],
  use_qk_norm: [],
  clip_qkv: [],
  alibi: [],
  parallel_attn: [],
  use_parallel_residual: [],
  no_rope_layers: [],
  no_rope_layer_interval: [],
  attention_chunk_size: [],
  rope_interleave: [],
  rope_interleaved: [],
  partial_rotary_factor: [1],
  rotary_pct: [1],
  logit_scale: [1],
  logits_scaling: [1],
  embedding_multiplier: [1],
  residual_multiplier: [1],
  attention_multiplier: [],
  scale_emb: [1],
  scale_depth: [],
  query_pre_attn_scalar: [],
  lm_head_bias: [],
  qkv_bias: [true], // Qwen2 always has these biases
};

/** Values of `model_type` that belong to text encoders (encoder/config.ts). */
const encoders = /^(bert|roberta|xlm-roberta|camembert)$/;

const nothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === 0 ||
  (typeof value === "object" && Object.keys(value).length === 0);

const shown = (value: unknown): string =>
  typeof value === "number" ? String(value) : String(JSON.stringify(value)).slice(0, 200);

/**
 * Checks a parsed config.json. Absent fields have the defaults of transformers. Throws CorruptData naming the field.
 */
export function fromHuggingFace(file: string, json: Record<string, unknown>): DecoderConfig {
  const { model_type } = json;
  if (!isModelType(model_type)) {
    const hint = encoders.test(String(model_type)) ? " It is an encoder: load it with encoder(…)." : "";
    throw new CorruptData(
      file,
      `model_type is ${JSON.stringify(model_type)}`,
      `This loader reads ${Object.keys(architectures).join(", ")}.${hint}`,
    );
  }
  const { absent, optionalBiases }: Architecture = architectures[model_type];
  expectComputed(file, json, optionalBiases);
  const rope = ropeOf(file, json, Number(json.max_position_embeddings ?? absent.max_position_embeddings));
  const config: Record<string, unknown> = {
    ...json,
    head_dim: json.head_dim ?? absent.head_dim ?? Number(json.hidden_size) / Number(json.num_attention_heads),
    num_key_value_heads:
      json.num_key_value_heads === null
        ? json.num_attention_heads
        : (json.num_key_value_heads ?? absent.num_key_value_heads ?? json.num_attention_heads),
    rms_norm_eps: json.rms_norm_eps ?? 1e-6,
    max_position_embeddings: json.max_position_embeddings ?? absent.max_position_embeddings,
    rope_theta: rope.theta,
  };
  for (const name of Object.keys(smallDecoder))
    number(file, name, config[name], name !== "rms_norm_eps" && name !== "rope_theta");
  expectFullAttention(file, json, config as unknown as DecoderConfig, absent);
  const known = Object.keys(smallDecoder).map((name) => [name, config[name]]);
  const decoder: DecoderConfig = {
    ...(Object.fromEntries(known) as DecoderConfig),
    ...(model_type !== "qwen2" && { model_type: model_type as Exclude<ModelType, "qwen2"> }),
    ...(json.tie_word_embeddings !== true && { tie_word_embeddings: false as const }),
    ...(rope.scaling && { rope_scaling: rope.scaling }),
  };
  if (decoder.head_dim % 2 !== 0)
    throw new CorruptData(
      file,
      `head_dim is ${decoder.head_dim}`,
      "It must be even: rotary embeddings turn dimensions in pairs.",
    );
  if (decoder.num_attention_heads % decoder.num_key_value_heads !== 0) {
    throw new CorruptData(
      file,
      `num_attention_heads ${decoder.num_attention_heads} is not a multiple of num_key_value_heads ` +
        `${decoder.num_key_value_heads}`,
      "Each key/value head serves the same number of query heads.",
    );
  }
  return decoder;
}

/** Throws CorruptData for a field that switches on a computation that this decoder lacks. */
function expectComputed(file: string, json: Record<string, unknown>, optionalBiases: readonly string[]): void {
  const activation = json.hidden_act ?? "silu";
  if (activation !== "silu" && activation !== "swish")
    throw new CorruptData(file, `hidden_act is ${shown(activation)}`, 'This decoder computes "silu" only.');
  const { quantization_config: quantised } = json as { quantization_config?: { quant_method?: unknown } | null };
  if (!nothing(quantised)) {
    throw new CorruptData(
      file,
      `quantization_config says that the weights are quantised (quant_method ${shown(quantised!.quant_method)})`,
      "Take the model in float32, float16 or bfloat16, or as a GGUF file.",
    );
  }
  for (const name of [...Object.keys(inert), ...optionalBiases]) {
    if (!nothing(json[name]) && !inert[name]?.includes(json[name]))
      throw new CorruptData(
        file,
        `${name} is ${shown(json[name])}`,
        "This decoder does not compute that: take a model without it.",
      );
  }
}

/** Throws CorruptData if some layer would not attend to all tokens of the context. */
function expectFullAttention(
  file: string,
  json: Record<string, unknown>,
  { max_position_embeddings: context, num_hidden_layers: L }: DecoderConfig,
  absent: Absent,
): void {
  const fix = "This decoder computes full attention: take a model without a sliding window.";
  const optional = absent.use_sliding_window !== undefined;
  const window = json.sliding_window === undefined ? absent.sliding_window : json.sliding_window;
  const used = absent.sliding_window !== null && window !== null && (!optional || json.use_sliding_window === true);
  const reaches = typeof window === "number" && window >= context; // every token is within it
  if (Array.isArray(json.layer_types)) {
    const other: unknown = json.layer_types.find(
      (type) => type !== "full_attention" && !(type === "sliding_attention" && used && reaches),
    );
    if (other !== undefined) throw new CorruptData(file, `layer_types has ${shown(other)}`, fix);
    if (optional) return; // layer_types decides
  }
  const from = optional ? Number(json.max_window_layers ?? 28) : 0; // layers below have none
  if (used && !reaches && from < L)
    throw new CorruptData(
      file,
      `sliding_window is ${shown(window)}${optional ? " and use_sliding_window true" : ""}, of ${context} positions`,
      fix,
    );
}

/** A positive finite number, whole if it is a count. Throws CorruptData. */
function number(file: string, name: string, value: unknown, count: boolean): number {
  if (typeof value !== "number" || !(value > 0) || !Number.isFinite(value) || (count && !Number.isInteger(value))) {
    throw new CorruptData(file, `${name} is ${shown(value)}`, `It must be a positive ${count ? "whole " : ""}number.`);
  }
  return value;
}

/**
 * Base and scaling of the rotary embedding. They are in `rope_theta` and `rope_scaling`, or, since transformers 5, both
 * in `rope_parameters`. Where both are present, `rope_scaling` is used (transformers, modeling_rope_utils.py,
 * convert_rope_params_to_dict).
 */
function ropeOf(
  file: string,
  json: Record<string, unknown>,
  context: number,
): { theta: unknown; scaling?: RopeScaling } {
  const field = nothing(json.rope_scaling) ? "rope_parameters" : "rope_scaling";
  const declared = json[field] ?? {};
  if (typeof declared !== "object" || Array.isArray(declared))
    throw new CorruptData(file, `${field} is ${shown(declared)}`, "It must be an object with a rope_type.");
  const scaling = declared as Record<string, unknown>;
  const nested = Object.keys(scaling).find(
    (name) => typeof scaling[name] === "object" && scaling[name] !== null && !Array.isArray(scaling[name]),
  );
  if (nested !== undefined)
    throw new CorruptData(
      file,
      `${field} has parameters of its own for ${nested}`,
      "This decoder turns all layers alike.",
    );
  const theta = scaling.rope_theta ?? json.rope_theta ?? 10000;
  const partial = scaling.partial_rotary_factor ?? 1;
  if (partial !== 1)
    throw new CorruptData(
      file,
      `${field}.partial_rotary_factor is ${shown(partial)}`,
      "This decoder turns all dimensions of a head.",
    );
  const type = scaling.rope_type ?? scaling.type ?? "default";
  const of = (name: keyof Llama3Scaling, value: unknown = scaling[name]) =>
    number(file, `${field}.${name}`, value, false);
  if (type === "default") return { theta };
  if (type === "linear") return { theta, scaling: { rope_type: "linear", factor: of("factor") } };
  if (type !== "llama3")
    throw new CorruptData(
      file,
      `the type of ${field} is ${shown(type)}`,
      'This decoder computes "default", "linear" and "llama3".',
    );
  const original = of(
    "original_max_position_embeddings",
    json.original_max_position_embeddings ?? scaling.original_max_position_embeddings ?? context,
  );
  return {
    theta,
    scaling: {
      factor: of("factor"),
      low_freq_factor: of("low_freq_factor"),
      high_freq_factor: of("high_freq_factor"),
      original_max_position_embeddings: original,
    },
  };
}
