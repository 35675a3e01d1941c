import { readFileSync } from "node:fs";
import type { DecoderConfig } from "../../lib/models/config";
import type { NamedArray } from "../../lib/models/safetensors";
import { sharedFile } from "../fixtures";

/**
 * A llama2.c checkpoint (https://github.com/karpathy/llama2.c, legacy .bin: seven int32, then float32 in the order
 * of run.c) as Hugging Face's arrays. It rotates neighbouring
 * dimensions (2i, 2i + 1), Hugging Face dimensions i and i + D/2: query and key rows are put in that order, as
 * its converter does. Undefined where there is no shared data.
 */
export function readLlama2c(path: string): { config: DecoderConfig; arrays: Record<string, NamedArray> } | undefined {
  const file = sharedFile(path);
  if (file === undefined) return undefined;
  const bytes = readFileSync(file);
  const [C, F, L, H, K, V, T] = Array.from({ length: 7 }, (_, i) => bytes.readInt32LE(4 * i)) as [number, number, number, number, number, number, number];
  const D = C / H;
  let offset = 28;
  const take = (...shape: number[]): NamedArray => {
    const size = shape.reduce((a, b) => a * b);
    const data = Float32Array.from({ length: size }, (_, i) => bytes.readFloatLE(offset + 4 * i));
    offset += 4 * size;
    return { shape, data };
  };
  const halves = ({ shape: [rows, columns], data }: NamedArray): NamedArray => {
    const source = (row: number) => Math.floor(row / D) * D + (row % D < D / 2 ? 2 * (row % D) : 2 * ((row % D) - D / 2) + 1);
    return { shape: [rows!, columns!], data: data.map((_, at) => data[source(Math.floor(at / columns!)) * columns! + (at % columns!)]!) };
  };
  const arrays: Record<string, NamedArray> = { "model.embed_tokens.weight": take(V, C) };
  const each = (name: string, ...shape: number[]) => {
    for (let l = 0; l < L; l++) arrays[`model.layers.${l}.${name}.weight`] = /[qk]_proj/.test(name) ? halves(take(...shape)) : take(...shape);
  };
  each("input_layernorm", C);
  each("self_attn.q_proj", H * D, C);
  each("self_attn.k_proj", K * D, C);
  each("self_attn.v_proj", K * D, C);
  each("self_attn.o_proj", C, H * D);
  each("post_attention_layernorm", C);
  each("mlp.gate_proj", F, C);
  each("mlp.down_proj", C, F);
  each("mlp.up_proj", F, C);
  arrays["model.norm.weight"] = take(C);
  const config = { model_type: "llama" as const, vocab_size: V, hidden_size: C, num_hidden_layers: L, num_attention_heads: H, num_key_value_heads: K, head_dim: D, intermediate_size: F, rms_norm_eps: 1e-5, rope_theta: 10000, max_position_embeddings: T };
  return { config, arrays };
}
