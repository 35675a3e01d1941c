/** What Hugging Face calls an array, and what llama.cpp calls it in a GGUF file (gguf-py/gguf/constants.py). */

/** Arrays that a model has once. */
export const wholeNames: readonly (readonly [huggingFace: string, gguf: string])[] = [
  ["model.embed_tokens.weight", "token_embd.weight"],
  ["model.norm.weight", "output_norm.weight"],
  ["lm_head.weight", "output.weight"],
];

/** Arrays of a layer, behind `model.layers.N.` and `blk.N.`. */
export const layerNames: readonly (readonly [huggingFace: string, gguf: string])[] = [
  ["input_layernorm.weight", "attn_norm.weight"],
  ...["q", "k", "v"].flatMap((part) =>
    ["weight", "bias"].map((kind) => [`self_attn.${part}_proj.${kind}`, `attn_${part}.${kind}`] as const),
  ),
  ["self_attn.q_norm.weight", "attn_q_norm.weight"],
  ["self_attn.k_norm.weight", "attn_k_norm.weight"],
  ["self_attn.o_proj.weight", "attn_output.weight"],
  ["post_attention_layernorm.weight", "ffn_norm.weight"],
  ["mlp.gate_proj.weight", "ffn_gate.weight"],
  ["mlp.up_proj.weight", "ffn_up.weight"],
  ["mlp.down_proj.weight", "ffn_down.weight"],
];
