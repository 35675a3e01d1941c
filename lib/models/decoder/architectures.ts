/**
 * The differences between decoder architectures. All are pre-norm residual blocks with RoPE, grouped heads and a
 * SwiGLU.
 */
export interface Architecture {
  readonly className: string; // of transformers, without "ForCausalLM"
  readonly qkvBias: boolean; // biases on the query, key and value projections
  readonly qkNorm: boolean; // RMS norm of every query and key head, before the rotation
  readonly optionalBiases: readonly string[]; // fields that would switch on biases, which are not computed
  readonly absent: Absent;
}

/** The defaults of transformers for fields that config.json lacks (configuration_*.py, transformers 5.24). */
export interface Absent {
  readonly num_key_value_heads?: number; // as many as query heads, if undefined
  readonly head_dim?: number; // hidden_size / num_attention_heads, if undefined
  readonly max_position_embeddings: number; // tokens
  readonly sliding_window: number | null; // tokens; null for none
  readonly use_sliding_window?: false; // undefined where there is no such field: a window is then in use
}

/** Architectures by `model_type` of config.json. SmolLM2 is a llama. */
export const architectures = {
  qwen2: {
    className: "Qwen2",
    qkvBias: true,
    qkNorm: false,
    optionalBiases: [],
    absent: {
      num_key_value_heads: 32,
      max_position_embeddings: 32768,
      sliding_window: 4096,
      use_sliding_window: false,
    },
  }, // Qwen2, Qwen2.5
  qwen3: {
    className: "Qwen3",
    qkvBias: false,
    qkNorm: true,
    optionalBiases: ["attention_bias"],
    absent: {
      num_key_value_heads: 32,
      head_dim: 128,
      max_position_embeddings: 32768,
      sliding_window: 4096,
      use_sliding_window: false,
    },
  },
  llama: {
    className: "Llama",
    qkvBias: false,
    qkNorm: false,
    optionalBiases: ["attention_bias", "mlp_bias"],
    absent: { max_position_embeddings: 2048, sliding_window: null },
  }, // Llama 2, 3, 3.1, 3.2, SmolLM2
  mistral: {
    className: "Mistral",
    qkvBias: false,
    qkNorm: false,
    optionalBiases: [],
    absent: { num_key_value_heads: 8, max_position_embeddings: 131072, sliding_window: 4096 },
  },
} as const satisfies Readonly<Record<string, Architecture>>;

/** The architectures that can be loaded, by their `model_type` in config.json. */
export type ModelType = keyof typeof architectures;

export const isModelType = (name: unknown): name is ModelType =>
  typeof name === "string" && Object.hasOwn(architectures, name);
