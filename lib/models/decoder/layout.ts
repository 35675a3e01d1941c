import { architectures } from "./architectures";
import { modelTypeOf, type DecoderConfig } from "./config";
import type { Layer } from "./weights";

/** Name and width of an array of a Hugging Face checkpoint. */
export type Part = readonly [name: string, width: number];

/** How the packed tensors of a layer are laid out in a Hugging Face checkpoint, in the order of namedTensors. */
export function partsOf(config: DecoderConfig): [name: keyof Layer, parts: readonly Part[]][] {
  const { qkvBias, qkNorm } = architectures[modelTypeOf(config)];
  const { num_attention_heads: H, num_key_value_heads: K, head_dim: D, intermediate_size: F, hidden_size: C } = config;
  const parts: Record<keyof Layer, readonly Part[] | false> = {
    norm1: [["input_layernorm.weight", C]],
    qkv: [
      ["self_attn.q_proj.weight", H * D],
      ["self_attn.k_proj.weight", K * D],
      ["self_attn.v_proj.weight", K * D],
    ],
    qkvBias: qkvBias && [
      ["self_attn.q_proj.bias", H * D],
      ["self_attn.k_proj.bias", K * D],
      ["self_attn.v_proj.bias", K * D],
    ],
    qNorm: qkNorm && [["self_attn.q_norm.weight", D]],
    kNorm: qkNorm && [["self_attn.k_norm.weight", D]],
    out: [["self_attn.o_proj.weight", C]],
    norm2: [["post_attention_layernorm.weight", C]],
    gateUp: [
      ["mlp.gate_proj.weight", F],
      ["mlp.up_proj.weight", F],
    ],
    down: [["mlp.down_proj.weight", C]],
  };
  return Object.entries(parts).filter(([, own]) => own) as [keyof Layer, readonly Part[]][];
}

/** Rows of each packed matrix, which is the width of its input. Vectors have no rows. */
export const inputsOf = (config: DecoderConfig): Partial<Record<keyof Layer, number>> => ({
  qkv: config.hidden_size,
  out: config.num_attention_heads * config.head_dim,
  gateUp: config.hidden_size,
  down: config.intermediate_size,
});

/**
 * Yields the names and shapes of the arrays that a config implies, one by one, since an absurd config may imply any
 * number of them.
 */
export function* arraysOf(config: DecoderConfig): Generator<[name: string, shape: number[]]> {
  const { vocab_size: V, hidden_size: C, num_hidden_layers: L } = config;
  const rowsOf = inputsOf(config);
  const layer = partsOf(config).flatMap(([name, parts]) =>
    parts.map(([part, width]): [string, number[]] => [part, rowsOf[name] ? [width, rowsOf[name]!] : [width]]),
  );
  yield ["model.embed_tokens.weight", [V, C]];
  yield ["model.norm.weight", [C]];
  if (config.tie_word_embeddings === false) yield ["lm_head.weight", [V, C]];
  for (let l = 0; l < L; l++) for (const [part, shape] of layer) yield [`model.layers.${l}.${part}`, shape];
}
