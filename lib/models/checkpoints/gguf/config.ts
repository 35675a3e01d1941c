import { CorruptData } from "../../../core/errors";
import { isModelType } from "../../decoder/architectures";
import type { DecoderConfig } from "../../decoder/config";
import { fromHuggingFace } from "../config-json";
import type { GgufParts } from "./parts";
import { llama3Scaling } from "../../decoder/rope-scaling";

/** Architectures of GGUF files that are read. A Mistral is a "llama" there. */
const readable = ["llama", "qwen2", "qwen3"];

/** Metadata that every file of a decoder has, behind the architecture's name. */
const required = [
  "context_length",
  "embedding_length",
  "block_count",
  "feed_forward_length",
  "attention.head_count",
  "attention.layer_norm_rms_epsilon",
];

/**
 * Metadata that change what is computed and are not computed here, with the values that change nothing; 0 and false do
 * not either.
 */
const inert: Readonly<Record<string, readonly unknown[]>> = {
  expert_count: [],
  expert_shared_count: [],
  use_parallel_residual: [],
  attn_logit_softcapping: [],
  final_logit_softcapping: [],
  logit_scale: [1],
  embedding_scale: [1],
  residual_scale: [1],
  "attention.clamp_kqv": [],
  "attention.max_alibi_bias": [],
  "attention.scale": [],
  "attention.causal": [true],
  "rope.scaling.attn_factor": [1],
  "rope.dimension_sections": [],
  nextn_predict_layers: [],
};

/**
 * The config that a file's metadata describe, checked as a config.json is. Throws CorruptData naming the key.
 *
 * @param numbersOf reads an array of the file
 */
export function ggufConfig(
  file: string,
  { metadata, entries }: GgufParts,
  numbersOf: (name: string) => Float32Array,
): DecoderConfig {
  const fault = (why: string, fix: string) => new CorruptData(file, why, fix);
  const [type, kind] = [metadata["general.architecture"], metadata["general.type"] ?? "model"];
  if (kind !== "model")
    throw fault(
      `it is no model, but ${kind === "adapter" ? "a LoRA adapter" : `of general.type ${JSON.stringify(kind)}`}`,
      kind === "adapter"
        ? "Take the adapter as PEFT wrote it: model(base, { adapter: folder })."
        : "Name the GGUF file of the language model.",
    );
  if (!isModelType(type) || !readable.includes(type))
    throw fault(`general.architecture is ${JSON.stringify(type)}`, `This loader reads ${readable.join(", ")}.`);
  const of = (key: string) => whole(metadata[`${type}.${key}`]);
  const shown = (key: string) => `${type}.${key} is ${JSON.stringify(of(key))}`;
  for (const key of required)
    if (of(key) === undefined) throw fault(`${type}.${key} is missing`, "Take another GGUF file of this model.");
  for (const [key, values] of Object.entries(inert)) {
    const value = of(key);
    const active = value !== undefined && value !== false && value !== 0 && !values.includes(value);
    if (active || (key === "attention.causal" && value === false))
      throw fault(shown(key), "This decoder does not compute that: take a model without it.");
  }
  const heads = of("attention.head_count");
  const config = fromHuggingFace(file, {
    model_type: type,
    vocab_size: entries.get("token_embd.weight")?.shape[0] ?? tokenCount(metadata),
    hidden_size: of("embedding_length"),
    num_hidden_layers: of("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: of("attention.head_count_kv") ?? heads,
    head_dim: of("attention.key_length") ?? Number(of("embedding_length")) / Number(heads),
    intermediate_size: of("feed_forward_length"),
    rms_norm_eps: of("attention.layer_norm_rms_epsilon"),
    rope_theta: of("rope.freq_base") ?? 10000,
    max_position_embeddings: of("context_length"),
    tie_word_embeddings: !entries.has("output.weight"),
  });
  const { head_dim: D, max_position_embeddings: context } = config;
  for (const key of ["attention.value_length", "rope.dimension_count"])
    if ((of(key) ?? D) !== D)
      throw fault(
        `${shown(key)}, of heads of ${D}`,
        "This decoder has values as wide as keys, and turns all dimensions of a head.",
      );
  const window = Number(of("attention.sliding_window") ?? 0);
  if (window > 0 && window < context)
    throw fault(
      `${shown("attention.sliding_window")}, of ${context} positions`,
      "This decoder computes full attention: take a model without a sliding window.",
    );
  const linear = linearFactor();
  if (!entries.has("rope_freqs.weight"))
    return linear === 1 ? config : { ...config, rope_scaling: { rope_type: "linear", factor: linear } };
  const factors = numbersOf("rope_freqs.weight");
  const scaling = llama3Scaling(factors, config.rope_theta);
  if (linear !== 1 || !scaling || factors.length !== D / 2)
    throw fault(
      "rope_freqs.weight holds factors that no Llama 3 scaling gives",
      "Take the model in Hugging Face layout.",
    );
  return { ...config, rope_scaling: scaling };

  /** By what positions are divided; llama.cpp takes a scaling without a type as linear. */
  function linearFactor(): number {
    const kind = of("rope.scaling.type") ?? "linear";
    if (kind !== "none" && kind !== "linear")
      throw fault(
        `${type}.rope.scaling.type is ${JSON.stringify(kind)}`,
        "This decoder computes linear scaling and Llama 3's.",
      );
    const factor = Number(of("rope.scaling.factor") ?? of("rope.scale_linear") ?? 1);
    return kind === "none" || factor === 0 ? 1 : factor;
  }
}

const tokenCount = (metadata: GgufParts["metadata"]): number | undefined => {
  const tokens = metadata["tokenizer.ggml.tokens"];
  return Array.isArray(tokens) ? tokens.length : undefined;
};

/** A 64-bit count as a number. */
const whole = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);
