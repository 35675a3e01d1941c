/** What tells one decoder from another: all are pre-norm residual blocks with RoPE, grouped heads and a SwiGLU. */
export interface Architecture {
  readonly className: string; // of transformers, without "ForCausalLM"
  readonly qkvBias: boolean; // biases on the query, key and value projections
  readonly qkNorm: boolean; // RMS norm of every query and key head, before the rotation
  readonly tied: boolean; // whether the output projection is the embedding where config.json does not say
}

/** By `model_type` of config.json, which is also `general.architecture` of a GGUF file. SmolLM2 is a llama. */
export const architectures = {
  qwen2: { className: "Qwen2", qkvBias: true, qkNorm: false, tied: false }, // Qwen2, Qwen2.5
  qwen3: { className: "Qwen3", qkvBias: false, qkNorm: true, tied: false },
  llama: { className: "Llama", qkvBias: false, qkNorm: false, tied: false }, // Llama 2, 3, 3.1, 3.2, SmolLM2
} as const satisfies Readonly<Record<string, Architecture>>;

export type ModelType = keyof typeof architectures;

export const isModelType = (name: unknown): name is ModelType => typeof name === "string" && Object.hasOwn(architectures, name);
