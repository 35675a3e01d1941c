import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CorruptData } from "../../core/errors";
import { inMemory, sizeOf, type NamedArray } from "./array-source";
import { fitting, type Checkpoint } from "./checkpoint";
import type { DecoderConfig } from "../decoder/config";
import { ggufTokenizer } from "./gguf/tokenizer";
import type { Tokenizer } from "../tokenizers/tokenizer";

/**
 * Opens a llama2.c checkpoint (https://github.com/karpathy/llama2.c, legacy .bin: seven int32, then float32 in the
 * order of run.c). These files are small, so the whole file is read into memory. Its tokenizer is tokenizer.bin or the
 * only tok*.bin beside it. Throws CorruptData.
 */
export function openLlama2c(file: string, name = file): Checkpoint {
  const { config, arrays } = readLlama2c(file);
  return {
    name,
    config,
    source: inMemory(file, arrays),
    tokenizer: () => fitting(file, readTokens(tokensBeside(file), config.vocab_size), config),
  };
}

/**
 * The weights under Hugging Face's names. llama2.c rotates neighbouring dimensions (2i, 2i + 1), Hugging Face
 * dimensions i and i + D/2: the rows of queries and keys are reordered as llama2.c's converter does.
 */
export function readLlama2c(file: string): { config: DecoderConfig; arrays: Record<string, NamedArray> } {
  const bytes = readFileSync(file);
  const fault = (why: string) =>
    new CorruptData(
      file,
      `it is no checkpoint of llama2.c: ${why}`,
      "The legacy .bin is read: seven int32, then float32.",
    );
  if (bytes.length < 28) throw fault(`${bytes.length} bytes are too few`);
  const [C, F, L, H, K, signed, T] = Array.from({ length: 7 }, (_, i) => bytes.readInt32LE(4 * i)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [V, D] = [Math.abs(signed), C / H]; // a negative vocabulary size means that the output projection is not tied
  if (![C, F, L, H, K, V, T, D].every((n) => n > 0 && Number.isInteger(n)) || D % 2 !== 0 || H % K !== 0)
    throw fault(`its head reads ${[C, F, L, H, K, signed, T]}`);
  const layer = C * (H + 2 * K) * D + H * D * C + 3 * C * F + 2 * C;
  const size = 28 + 4 * (V * C + L * layer + C + T * D + (signed < 0 ? V * C : 0));
  if (bytes.length !== size) throw fault(`its head asks for ${size} bytes, it has ${bytes.length}`);
  let offset = 28;
  const take = (...shape: number[]): NamedArray => {
    const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => bytes.readFloatLE(offset + 4 * i));
    offset += data.byteLength;
    return { shape, data };
  };
  const halves = ({ shape: [rows, columns], data }: NamedArray): NamedArray => {
    const source = (row: number) =>
      Math.floor(row / D) * D + (row % D < D / 2 ? 2 * (row % D) : 2 * ((row % D) - D / 2) + 1);
    return {
      shape: [rows!, columns!],
      data: data.map((_, at) => data[source(Math.floor(at / columns!)) * columns! + (at % columns!)]!),
    };
  };
  const arrays: Record<string, NamedArray> = { "model.embed_tokens.weight": take(V, C) };
  const each = (name: string, ...shape: number[]) => {
    for (let l = 0; l < L; l++)
      arrays[`model.layers.${l}.${name}.weight`] = /[qk]_proj/.test(name) ? halves(take(...shape)) : take(...shape);
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
  offset += 4 * T * D; // tables of the rotation, which only older programs read
  if (signed < 0) arrays["lm_head.weight"] = take(V, C);
  const config: DecoderConfig = {
    model_type: "llama",
    vocab_size: V,
    hidden_size: C,
    num_hidden_layers: L,
    num_attention_heads: H,
    num_key_value_heads: K,
    head_dim: D,
    intermediate_size: F,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    max_position_embeddings: T,
    ...(signed < 0 && { tie_word_embeddings: false as const }),
  };
  return { config, arrays };
}

function tokensBeside(file: string): string {
  const folder = dirname(file);
  const found = existsSync(join(folder, "tokenizer.bin"))
    ? ["tokenizer.bin"]
    : readdirSync(folder).filter((name) => /^tok.*\.bin$/.test(name));
  if (found.length !== 1)
    throw new CorruptData(
      folder,
      `it holds ${found.length} files tok*.bin`,
      "Put the checkpoint's tokenizer.bin beside it.",
    );
  return join(folder, found[0]!);
}

/**
 * The tokenizer of run.c. The file holds the length of the longest piece, then for each token a float32 score, its
 * length and its bytes. Token 1 begins and ends a text.
 */
function readTokens(file: string, size: number): Tokenizer {
  const bytes = readFileSync(file);
  const [tokens, scores]: [string[], number[]] = [[], []];
  for (let at = 4; tokens.length < size; ) {
    if (at + 8 > bytes.length)
      throw new CorruptData(
        file,
        `it ends after ${tokens.length} of ${size} tokens`,
        "Use the tokenizer that belongs to the checkpoint.",
      );
    scores.push(bytes.readFloatLE(at));
    const from = at + 8;
    at = from + bytes.readInt32LE(at + 4);
    const text = bytes.toString("utf8", from, at);
    tokens.push(tokens.length < 3 ? text.trim() : text.replaceAll(" ", "▁"));
  }
  const types = tokens.map((token, id) => (id === 0 ? 2 : id < 3 ? 3 : /^<0x[0-9A-F]{2}>$/.test(token) ? 6 : 1));
  const metadata = {
    model: "llama",
    tokens,
    scores,
    token_type: types,
    bos_token_id: 1,
    eos_token_id: 1,
    unknown_token_id: 0,
  };
  return ggufTokenizer(
    file,
    Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`tokenizer.ggml.${key}`, value])),
  );
}
