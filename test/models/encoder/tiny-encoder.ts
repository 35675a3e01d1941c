import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { random } from "../../../lib/core/random";
import { writeSafetensors, type NamedArray } from "../../../lib/models/checkpoints/safetensors/safetensors";
import { temporaryFolder } from "../../fixtures";

const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "sat", "on", "mat", "##s", "a", "query", ":"];
const sizes = {
  vocab_size: words.length,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 12,
  type_vocab_size: 2,
};

/** WordPiece over thirteen words, as BertTokenizerFast saves it. */
const tokenizer = {
  version: "1.0",
  truncation: null,
  padding: null,
  decoder: null,
  added_tokens: words.slice(0, 4).map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  normalizer: {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: { type: "BertProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(words.map((word, id) => [word, id])),
  },
};

/** The arrays of an encoder of 1,700 numbers, as Hugging Face names them. */
export function tinyArrays(prefix = ""): Record<string, NamedArray> {
  const {
    vocab_size: V,
    hidden_size: C,
    intermediate_size: F,
    max_position_embeddings: M,
    num_hidden_layers: L,
  } = sizes;
  const linear = (name: string, from: number, to: number): [string, number[]][] => [
    [`${name}.weight`, [to, from]],
    [`${name}.bias`, [to]],
  ];
  const norm = (name: string): [string, number[]][] => [
    [`${name}.LayerNorm.weight`, [C]],
    [`${name}.LayerNorm.bias`, [C]],
  ];
  const shapes: [string, number[]][] = [
    ["embeddings.word_embeddings.weight", [V, C]],
    ["embeddings.position_embeddings.weight", [M, C]],
    ["embeddings.token_type_embeddings.weight", [2, C]],
    ...norm("embeddings"),
  ];
  for (let l = 0; l < L; l++) {
    const at = `encoder.layer.${l}`;
    for (const part of ["query", "key", "value"]) shapes.push(...linear(`${at}.attention.self.${part}`, C, C));
    shapes.push(
      ...linear(`${at}.attention.output.dense`, C, C),
      ...norm(`${at}.attention.output`),
      ...linear(`${at}.intermediate.dense`, C, F),
      ...linear(`${at}.output.dense`, F, C),
      ...norm(`${at}.output`),
    );
  }
  return Object.fromEntries(
    shapes.map(([name, shape]) => {
      const rng = random("tiny encoder").fork(name);
      return [
        prefix + name,
        { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.next() * 2 - 0.8) },
      ];
    }),
  );
}

/** A folder with a tiny encoder in it. */
export function tinyEncoder({
  config = {},
  files = {},
  arrays = tinyArrays(),
}: {
  config?: object;
  files?: Record<string, unknown>;
  arrays?: Record<string, NamedArray>;
} = {}): string {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({
      model_type: "bert",
      hidden_act: "gelu",
      layer_norm_eps: 1e-12,
      pad_token_id: 0,
      ...sizes,
      ...config,
    }),
  );
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  writeSafetensors(join(folder, "model.safetensors"), arrays);
  return folder;
}

type Matrix = number[][];
const rowsOf = ({ shape, data }: NamedArray): Matrix =>
  Array.from({ length: shape[0]! }, (_, i) => [...data.subarray(i * (shape[1] ?? 1), (i + 1) * (shape[1] ?? 1))]);

/** erf by its Taylor series, which converges everywhere. */
function erf(x: number): number {
  let [sum, term] = [x, x];
  for (let n = 1; n < 120; n++) sum += (term *= (-x * x) / n) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** The token vectors of one text, one number after another: what `pooled` is held against. */
export function slowStates(arrays: Record<string, NamedArray>, ids: readonly number[], firstPosition: number): Matrix {
  const C = sizes.hidden_size;
  const D = C / sizes.num_attention_heads;
  const norm = (x: Matrix, name: string): Matrix =>
    x.map((row) => {
      const mean = row.reduce((a, b) => a + b) / C;
      const deviation = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / C + 1e-12);
      return row.map(
        (value, c) =>
          ((value - mean) / deviation) * arrays[`${name}.LayerNorm.weight`]!.data[c]! +
          arrays[`${name}.LayerNorm.bias`]!.data[c]!,
      );
    });
  const linear = (x: Matrix, name: string): Matrix => {
    const weight = rowsOf(arrays[`${name}.weight`]!);
    return x.map((row) =>
      weight.map((to, j) => to.reduce((sum, w, i) => sum + w * row[i]!, arrays[`${name}.bias`]!.data[j]!)),
    );
  };
  const add = (a: Matrix, b: Matrix): Matrix => a.map((row, t) => row.map((value, c) => value + b[t]![c]!));
  const [word, position, type] = ["word", "position", "token_type"].map((name) =>
    rowsOf(arrays[`embeddings.${name}_embeddings.weight`]!),
  ) as [Matrix, Matrix, Matrix];
  let x = norm(
    ids.map((id, t) => word[id]!.map((value, c) => value + position[firstPosition + t]![c]! + type[0]![c]!)),
    "embeddings",
  );
  for (let l = 0; l < sizes.num_hidden_layers; l++) {
    const at = `encoder.layer.${l}`;
    const [q, k, v] = ["query", "key", "value"].map((name) => linear(x, `${at}.attention.self.${name}`)) as [
      Matrix,
      Matrix,
      Matrix,
    ];
    const joined = x.map((_, t) =>
      Array.from({ length: C }, (_, c) => {
        const from = Math.floor(c / D) * D;
        const weights = k.map((key) =>
          Math.exp(
            key.slice(from, from + D).reduce((sum, value, d) => sum + value * q[t]![from + d]!, 0) / Math.sqrt(D),
          ),
        );
        const total = weights.reduce((a, b) => a + b);
        return weights.reduce((sum, weight, u) => sum + (weight / total) * v[u]![c]!, 0);
      }),
    );
    const attended = norm(add(x, linear(joined, `${at}.attention.output.dense`)), `${at}.attention.output`);
    const up = linear(attended, `${at}.intermediate.dense`).map((row) =>
      row.map((value) => (value / 2) * (1 + erf(value / Math.SQRT2))),
    );
    x = norm(add(attended, linear(up, `${at}.output.dense`)), `${at}.output`);
  }
  return x;
}
