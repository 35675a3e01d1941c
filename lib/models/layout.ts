import { CorruptData } from "../core/errors";
import { architectures } from "./architectures";
import { inMemory, type ArraySource, type NamedArray } from "./array-source";
import { packer, streamed, type Packer } from "./backend/packer";
import { tf } from "./backend/tf";
import { modelTypeOf, type DecoderConfig } from "./config";
import type { LazyArray } from "./safetensors";
import type { Layer, Weights } from "./weights";

/** Name and width of an array of a Hugging Face checkpoint. */
type Part = readonly [name: string, width: number];

/** How the packed tensors of a layer are laid out in a Hugging Face checkpoint, in the order of namedTensors. */
export function partsOf(config: DecoderConfig): [name: keyof Layer, parts: readonly Part[]][] {
  const { qkvBias, qkNorm } = architectures[modelTypeOf(config)];
  const { num_attention_heads: H, num_key_value_heads: K, head_dim: D, intermediate_size: F, hidden_size: C } = config;
  const parts: Record<keyof Layer, readonly Part[] | false> = {
    norm1: [["input_layernorm.weight", C]],
    qkv: [["self_attn.q_proj.weight", H * D], ["self_attn.k_proj.weight", K * D], ["self_attn.v_proj.weight", K * D]],
    qkvBias: qkvBias && [["self_attn.q_proj.bias", H * D], ["self_attn.k_proj.bias", K * D], ["self_attn.v_proj.bias", K * D]],
    qNorm: qkNorm && [["self_attn.q_norm.weight", D]],
    kNorm: qkNorm && [["self_attn.k_norm.weight", D]],
    out: [["self_attn.o_proj.weight", C]],
    norm2: [["post_attention_layernorm.weight", C]],
    gateUp: [["mlp.gate_proj.weight", F], ["mlp.up_proj.weight", F]],
    down: [["mlp.down_proj.weight", C]],
  };
  return Object.entries(parts).filter(([, own]) => own) as [keyof Layer, readonly Part[]][];
}

/** Rows of each packed matrix: the width of what it reads. Vectors have none. */
export const inputsOf = (config: DecoderConfig): Partial<Record<keyof Layer, number>> => ({
  qkv: config.hidden_size,
  out: config.num_attention_heads * config.head_dim,
  gateUp: config.hidden_size,
  down: config.intermediate_size,
});

/** As Hugging Face names and shapes them: linear weights [out, in], projections apart. Each is made when its data is asked for. */
export function lazyArrays(weights: Weights, config: DecoderConfig): Record<string, LazyArray> {
  const arrays: Record<string, LazyArray> = {};
  const whole = (tensor: tf.Tensor): LazyArray => ({ shape: tensor.shape, data: () => tensor.dataSync() as Float32Array });
  arrays["model.embed_tokens.weight"] = whole(weights.embed);
  weights.layers.forEach((layer, l) => {
    for (const [name, parts] of partsOf(config)) {
      const tensor = layer[name]!;
      const [rows, columns] = tensor.shape.length === 2 ? tensor.shape : [0, tensor.shape[0]];
      let from = 0;
      for (const [part, width] of parts) {
        const at = from;
        arrays[`model.layers.${l}.${part}`] = {
          shape: rows ? [width, rows] : [width],
          data: () => unpack(tensor.dataSync() as Float32Array, { rows, columns, at, width }),
        };
        from += width;
      }
    }
  });
  arrays["model.norm.weight"] = whole(weights.norm);
  if (weights.head) arrays["lm_head.weight"] = whole(weights.head);
  return arrays;
}

/** Columns at … at + width − 1 of a packed matrix [rows, columns], transposed; of a vector (no rows), that part. */
function unpack(data: Float32Array, { rows, columns, at, width }: { rows: number; columns: number; at: number; width: number }): Float32Array {
  if (!rows) return data.slice(at, at + width);
  const own = new Float32Array(width * rows);
  for (let j = 0; j < width; j++) for (let i = 0; i < rows; i++) own[j * rows + i] = data[i * columns + at + j]!;
  return own;
}

/** As Hugging Face names and shapes them, all at once. */
export const toArrays = (weights: Weights, config: DecoderConfig): Record<string, NamedArray> =>
  Object.fromEntries(Object.entries(lazyArrays(weights, config)).map(([name, { shape, data }]) => [name, { shape, data: data() }]));

/** The inverse of toArrays. Throws CorruptData naming a missing or misshapen array. The caller owns the tensors. */
export const fromArrays = (file: string, arrays: Readonly<Record<string, NamedArray>>, config: DecoderConfig): Weights => loadWeights(inMemory(file, arrays), config);

/**
 * Reads a decoder, an array at a time: memory holds the weights and, for a while, one packed tensor more.
 * Throws CorruptData naming an array that is missing, misshapen, of another format, or holds a number that is not
 * finite. The caller owns the tensors; the source stays open.
 */
export function loadWeights(source: ArraySource, config: DecoderConfig): Weights {
  const { vocab_size: V, hidden_size: C } = config;
  expectArrays(source, config);
  const pack = packer();
  const rowsOf = inputsOf(config);
  const whole = (name: string, shape: readonly number[]) => streamed(pack, shape, (take) => source.read(name, (part, from) => take(finite(source.file, name, part, from), from)));
  return tf.tidy(() => ({ // a tidy, so that what was packed before a bad array is freed; the largest first, while there is room
    embed: whole("model.embed_tokens.weight", [V, C]) as tf.Tensor2D,
    ...(config.tie_word_embeddings === false && { head: whole("lm_head.weight", [V, C]) as tf.Tensor2D }),
    layers: Array.from({ length: config.num_hidden_layers }, (_, l) => Object.fromEntries(partsOf(config).map(([name, parts]) => [name, packed(source, pack, `model.layers.${l}.`, parts, rowsOf[name])])) as Layer),
    norm: whole("model.norm.weight", [C]) as tf.Tensor1D,
  }));
}

/** Names and shapes of the arrays that a config promises, one by one: what it promises may be absurd. */
export function* arraysOf(config: DecoderConfig): Generator<[name: string, shape: number[]]> {
  const { vocab_size: V, hidden_size: C, num_hidden_layers: L } = config;
  const rowsOf = inputsOf(config);
  const layer = partsOf(config).flatMap(([name, parts]) => parts.map(([part, width]): [string, number[]] => [part, rowsOf[name] ? [width, rowsOf[name]!] : [width]]));
  yield ["model.embed_tokens.weight", [V, C]];
  yield ["model.norm.weight", [C]];
  if (config.tie_word_embeddings === false) yield ["lm_head.weight", [V, C]];
  for (let l = 0; l < L; l++) for (const [part, shape] of layer) yield [`model.layers.${l}.${part}`, shape];
}

/** Throws CorruptData unless the source has every array in the shape that the config promises: before gigabytes are read. */
export function expectArrays(source: ArraySource, config: DecoderConfig): void {
  for (const [name, shape] of arraysOf(config)) {
    const found = source.shapeOf(name);
    if (!found) throw new CorruptData(source.file, `${name} is missing`, `config.json promises ${config.num_hidden_layers} layers of a ${modelTypeOf(config)}: is this the file that belongs to it?`);
    if (String(found) !== String(shape)) throw new CorruptData(source.file, `${name} is [${found}]; config.json promises [${shape}]`, "Use the config.json saved with these weights.");
  }
}

/** Arrays [width, rows] side by side as one matrix [rows, columns], transposed; vectors, of no rows, one behind the other. */
function packed(source: ArraySource, pack: Packer, prefix: string, parts: readonly Part[], rows: number | undefined): tf.Tensor {
  const columns = parts.reduce((sum, [, width]) => sum + width, 0);
  return pack(rows ? [rows, columns] : [columns], (data) => {
    let at = 0;
    for (const [part, width] of parts) {
      const name = prefix + part;
      const target = at;
      source.read(name, (numbers, from) => {
        finite(source.file, name, numbers, from);
        if (!rows) data.set(numbers, target + from);
        else transposeInto(data, numbers, from, rows, columns, target);
      });
      at += width;
    }
  });
}

/** Columns that are written together: a line of the processor's cache. */
const line = 16;

/** Writes numbers from … of a matrix [·, rows] into column `at` and the next ones of a matrix [rows, columns]. */
export function transposeInto(data: Float32Array, numbers: Float32Array, from: number, rows: number, columns: number, at: number): void {
  let n = 0;
  while (n < numbers.length) {
    const first = (from + n) % rows; // a part may begin and end within a row
    const j = at + Math.floor((from + n) / rows);
    const wide = first === 0 ? Math.min(line, Math.floor((numbers.length - n) / rows)) : 0;
    if (wide > 0) {
      for (let i = 0; i < rows; i++) for (let k = 0; k < wide; k++) data[i * columns + j + k] = numbers[n + k * rows + i]!;
      n += wide * rows;
    } else {
      const length = Math.min(rows - first, numbers.length - n);
      for (let i = 0; i < length; i++) data[(first + i) * columns + j] = numbers[n + i]!;
      n += length;
    }
  }
}

/** The numbers, if all are finite. */
function finite(file: string, name: string, numbers: Float32Array, from: number): Float32Array {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]! * 0; // 0, but NaN from NaN and from infinities
  if (sum === 0) return numbers;
  const at = numbers.findIndex((value) => !Number.isFinite(value));
  throw new CorruptData(file, `number ${from + at} of ${name} is ${numbers[at]}`, "Such weights make every output NaN: take another checkpoint, or one from before training diverged.");
}
