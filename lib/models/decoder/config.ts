import { architectures, type ModelType } from "./architectures";
import { isLinear, type RopeScaling } from "./rope-scaling";

/** The shape of a decoder. The fields have the names of Hugging Face's config.json. */
export interface DecoderConfig {
  /** V */
  readonly vocab_size: number;
  /** C */
  readonly hidden_size: number;
  /** L */
  readonly num_hidden_layers: number;
  /** H */
  readonly num_attention_heads: number;
  /** K, divides H */
  readonly num_key_value_heads: number;
  /** D, even */
  readonly head_dim: number;
  /** F, width of the SwiGLU */
  readonly intermediate_size: number;
  readonly rms_norm_eps: number;
  /** RoPE base */
  readonly rope_theta: number;
  /** tokens */
  readonly max_position_embeddings: number;
  /** a Qwen2 if absent */
  readonly model_type?: Exclude<ModelType, "qwen2">;
  /** the output projection is the embedding if absent */
  readonly tie_word_embeddings?: false;
  readonly rope_scaling?: RopeScaling;
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

/** The architecture that a config describes. */
export const modelTypeOf = (config: DecoderConfig): ModelType => config.model_type ?? "qwen2";

/** Number formats of a file: safetensors' name and PyTorch's. */
const torchTypes = { F32: "float32", BF16: "bfloat16" } as const;
export type WeightFormat = keyof typeof torchTypes;

/**
 * The config.json that transformers reads back.
 *
 * @param format of the numbers beside it: transformers 5 loads them in the type that config.json names
 */
export function toHuggingFace(
  { rope_scaling, ...config }: DecoderConfig,
  { eos, pad, bos }: { eos: number | readonly number[] | null; pad: number; bos?: number | undefined },
  format: WeightFormat,
): Record<string, unknown> {
  const model_type = modelTypeOf(config);
  return {
    architectures: [`${architectures[model_type].className}ForCausalLM`],
    model_type,
    hidden_act: "silu",
    tie_word_embeddings: true,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    dtype: torchTypes[format],
    torch_dtype: torchTypes[format], // what transformers 4 calls it
    bos_token_id: bos ?? null,
    eos_token_id: eos,
    pad_token_id: pad,
    ...(model_type === "mistral" && { sliding_window: null }),
    ...config,
    ...(rope_scaling && {
      rope_scaling: isLinear(rope_scaling) ? rope_scaling : { rope_type: "llama3", ...rope_scaling },
    }),
  };
}
