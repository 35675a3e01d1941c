import { numbersOf, shapeOf } from "../../backend/bfloat16";
import type { tf } from "../../backend/tf";
import type { DecoderConfig } from "../decoder/config";
import { partsOf } from "../decoder/layout";
import type { Weights } from "../decoder/weights";
import type { NamedArray } from "./array-source";
import type { LazyArray } from "./safetensors/safetensors";

/** Columns that are written together: they fill one line of the processor's cache. */
const line = 16;

/**
 * The weights under Hugging Face's names and in its shapes: linear weights [out, in], one array for each projection. An
 * array is made when its data is asked for. The numbers of the packed tensor that was read last are kept, since its
 * parts are asked for one after the other: read the arrays before training goes on.
 */
export function lazyArrays(weights: Weights, config: DecoderConfig): Record<string, LazyArray> {
  const arrays: Record<string, LazyArray> = {};
  let last: { readonly tensor: tf.Tensor; readonly numbers: Float32Array } | undefined;
  const packedNumbers = (tensor: tf.Tensor): Float32Array => {
    if (last?.tensor !== tensor) last = { tensor, numbers: numbersOf(tensor) };
    return last.numbers;
  };
  const whole = (tensor: tf.Tensor): LazyArray => ({ shape: shapeOf(tensor), data: () => numbersOf(tensor) });
  arrays["model.embed_tokens.weight"] = whole(weights.embed);
  weights.layers.forEach((layer, l) => {
    for (const [name, parts] of partsOf(config)) {
      const tensor = layer[name]!;
      const shape = shapeOf(tensor);
      const [rows, columns] = shape.length === 2 ? (shape as [number, number]) : [0, shape[0]!];
      let from = 0;
      for (const [part, width] of parts) {
        const at = from;
        arrays[`model.layers.${l}.${part}`] = {
          shape: rows ? [width, rows] : [width],
          data: () => unpack(packedNumbers(tensor), { rows, columns, at, width }),
        };
        from += width;
      }
    }
  });
  arrays["model.norm.weight"] = whole(weights.norm);
  if (weights.head) arrays["lm_head.weight"] = whole(weights.head);
  return arrays;
}

/**
 * Columns at … at + width − 1 of a packed matrix [rows, columns], transposed. Of a vector, which has no rows, that
 * part.
 */
function unpack(
  data: Float32Array,
  { rows, columns, at, width }: { rows: number; columns: number; at: number; width: number },
): Float32Array {
  if (!rows) return data.slice(at, at + width);
  const own = new Float32Array(width * rows);
  for (let from = 0; from < width; from += line) {
    const to = Math.min(from + line, width);
    for (let i = 0; i < rows; i++) for (let j = from; j < to; j++) own[j * rows + i] = data[i * columns + at + j]!;
  }
  return own;
}

/** The weights under Hugging Face's names and in its shapes, all at once. */
export const toArrays = (weights: Weights, config: DecoderConfig): Record<string, NamedArray> =>
  Object.fromEntries(
    Object.entries(lazyArrays(weights, config)).map(([name, { shape, data }]) => [name, { shape, data: data() }]),
  );
