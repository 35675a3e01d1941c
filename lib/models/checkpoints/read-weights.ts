import { bfloat16, float32, packer, streamed, type Form } from "../../backend/packer";
import { tf } from "../../backend/tf";
import { CorruptData } from "../../core/errors";
import { modelTypeOf, type DecoderConfig } from "../decoder/config";
import { arraysOf, inputsOf, partsOf, type Part } from "../decoder/layout";
import type { Layer, Weights } from "../decoder/weights";
import { inMemory, partSize, type ArraySource, type NamedArray } from "./array-source";
import { toBfloat16 } from "./float-formats";

/** Columns that are written together: they fill one line of the processor's cache. */
const line = 16;

/** The inverse of toArrays. Throws CorruptData naming a missing or misshapen array. The caller owns the tensors. */
export const fromArrays = (
  file: string,
  arrays: Readonly<Record<string, NamedArray>>,
  config: DecoderConfig,
): Weights => loadWeights(inMemory(file, arrays), config);

/**
 * Reads a decoder one array at a time: memory holds the weights and, at times, one more packed tensor. Throws
 * CorruptData naming an array that is missing, misshapen, of another format, or holds a number that is not finite. The
 * caller owns the tensors; the source stays open.
 *
 * @param half keeps matrices as bfloat16 (backend/bfloat16.ts) and rounds those that are not; norms, biases and
 *   matrices of an odd width stay float32
 */
export function loadWeights(source: ArraySource, config: DecoderConfig, half = false): Weights {
  const { vocab_size: V, hidden_size: C } = config;
  expectArrays(source, config);
  const wide = reader(source, float32, (part) => part);
  const scratch = new Uint16Array(half ? partSize : 0);
  const narrow = reader(source, bfloat16, (part) =>
    toBfloat16(part, part.length > scratch.length ? undefined : scratch),
  );
  const readerOf = (columns: number) => (half && columns % 2 === 0 ? narrow : wide);
  const rowsOf = inputsOf(config);
  const layerTensor = (l: number, name: keyof Layer, parts: readonly Part[]) => {
    const [rows, columns] = [rowsOf[name], parts.reduce((sum, [, width]) => sum + width, 0)];
    return (rows ? readerOf(columns) : wide).packed(`model.layers.${l}.`, parts, rows, columns);
  };
  return tf.tidy(() => ({
    // the tidy frees the packed tensors if an array is bad; the largest are read first, while memory is free
    embed: readerOf(C).whole("model.embed_tokens.weight", [V, C]) as tf.Tensor2D,
    ...(config.tie_word_embeddings === false && { head: readerOf(C).whole("lm_head.weight", [V, C]) as tf.Tensor2D }),
    layers: Array.from(
      { length: config.num_hidden_layers },
      (_, l) =>
        Object.fromEntries(partsOf(config).map(([name, parts]) => [name, layerTensor(l, name, parts)])) as Layer,
    ),
    norm: wide.whole("model.norm.weight", [C]) as tf.Tensor1D,
  }));
}

/** Makes tensors of one form from arrays of a source. */
function reader<T extends Float32Array | Uint16Array>(
  source: ArraySource,
  form: Form<T>,
  convert: (part: Float32Array) => T,
) {
  const pack = packer(form);
  const read = (name: string, take: (part: T, from: number) => void) =>
    source.read(name, (part, from) => take(convert(finite(source.file, name, part, from)), from));
  return {
    whole: (name: string, shape: readonly number[]): tf.Tensor =>
      streamed(form, pack, shape, (take) => read(name, take)),
    /**
     * Puts arrays [width, rows] side by side as one matrix [rows, columns], transposed. Vectors, which have no rows,
     * are concatenated.
     */
    packed: (prefix: string, parts: readonly Part[], rows: number | undefined, columns: number): tf.Tensor =>
      pack(rows ? [rows, columns] : [columns], (data) => {
        let at = 0;
        for (const [part, width] of parts) {
          const target = at;
          read(prefix + part, (numbers, from) => {
            if (rows) transposeInto(data, numbers, from, rows, columns, target);
            else data.set(numbers, target + from);
          });
          at += width;
        }
      }),
  };
}

/**
 * Throws CorruptData unless the source has every array in the shape that the config implies. The check comes first,
 * since the arrays may have gigabytes.
 */
function expectArrays(source: ArraySource, config: DecoderConfig): void {
  for (const [name, shape] of arraysOf(config)) {
    const found = source.shapeOf(name);
    if (!found)
      throw new CorruptData(
        source.file,
        `${name} is missing`,
        name === "lm_head.weight"
          ? "config.json says that the output projection is no copy of the embedding (tie_word_embeddings is " +
              "false, or absent): copy all files of the model."
          : `config.json promises ${config.num_hidden_layers} layers of a ${modelTypeOf(config)}: is this the file ` +
              "that belongs to it?",
      );
    if (String(found) !== String(shape))
      throw new CorruptData(
        source.file,
        `${name} is [${found}]; config.json promises [${shape}]`,
        "Use the config.json saved with these weights.",
      );
  }
}

/** Writes numbers from … of a matrix [·, rows] into column `at` and the next ones of a matrix [rows, columns]. */
export function transposeInto<T extends Float32Array | Uint16Array>(
  data: T,
  numbers: T,
  from: number,
  rows: number,
  columns: number,
  at: number,
): void {
  let n = 0;
  while (n < numbers.length) {
    const first = (from + n) % rows; // a part may begin and end within a row
    const j = at + Math.floor((from + n) / rows);
    const wide = first === 0 ? Math.min(line, Math.floor((numbers.length - n) / rows)) : 0;
    if (wide > 0) {
      for (let i = 0; i < rows; i++)
        for (let k = 0; k < wide; k++) data[i * columns + j + k] = numbers[n + k * rows + i]!;
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
  throw new CorruptData(
    file,
    `number ${from + at} of ${name} is ${numbers[at]}`,
    "Such weights make every output NaN: take another checkpoint, or one from before training diverged.",
  );
}
