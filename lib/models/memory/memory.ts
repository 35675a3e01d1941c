import { availableMemory, largestCopy, smallerAdvice, type Place } from "../../backend/memory";
import { sizeOf } from "../checkpoints/array-source";
import type { DecoderConfig } from "../decoder/config";
import { arraysOf, inputsOf, partsOf } from "../decoder/layout";

/** The memory that a model needs on a backend, and the memory that is available, in bytes. */
interface MemoryEstimate {
  readonly parameters: number; // numbers
  readonly weights: number; // the weights, which stay in memory
  readonly needed: number; // at the height of loading and of a first short text
  readonly available: number | undefined; // undefined if the system does not report it
}

/** How a model is loaded: `frozen` as in `model`. */
export interface Loading {
  readonly frozen?: "bf16";
}

/** Memory beyond the weights: buffers, rotary tables, the cache and the activations of a first short text. */
const slack = 256e6;

/**
 * Estimates the memory of loading a decoder: its weights and, where tensors are copied, the largest tensor that is
 * copied whole. If matrices are kept as bfloat16, it includes the float32 form of the largest, which every product
 * makes. Reads no weight.
 */
export function memoryEstimate(config: DecoderConfig, backend: Place, { frozen }: Loading = {}): MemoryEstimate {
  const { matrices, vectors } = sizes(config);
  const bytes = frozen ? 2 : 4; // bytes of a number in a matrix
  const rows = inputsOf(config);
  const packed = Math.max(
    ...partsOf(config).map(([name, parts]) => (rows[name] ?? 1) * parts.reduce((sum, [, width]) => sum + width, 0)),
  );
  const copied = largestCopy(backend, packed, config.vocab_size * config.hidden_size);
  const weights = bytes * matrices + 4 * vectors;
  return {
    parameters: matrices + vectors,
    weights,
    needed: weights + Math.max(bytes * copied, frozen ? 4 * packed : 0) + slack,
    available: availableMemory(backend),
  };
}

/** The number of values of a decoder in matrices and in vectors. */
export function sizes(config: DecoderConfig): { matrices: number; vectors: number } {
  const count = (layers: number, axes: number): number => {
    let sum = 0;
    for (const [, shape] of arraysOf({ ...config, num_hidden_layers: layers }))
      if (shape.length === axes) sum += sizeOf(shape);
    return sum;
  };
  // all layers are alike
  const all = (axes: number) => count(0, axes) + config.num_hidden_layers * (count(1, axes) - count(0, axes));
  return { matrices: all(2), vectors: all(1) };
}

/** Throws RangeError with both figures unless the model fits. */
export function expectRoom(name: string, config: DecoderConfig, backend: Place, loading: Loading = {}): void {
  const { needed, available } = memoryEstimate(config, backend, loading);
  if (available === undefined || needed <= available) return;
  const halved = loading.frozen
    ? ""
    : ` Frozen as bfloat16, { frozen: "bf16" }, it would need ` +
      `${gigabytes(memoryEstimate(config, backend, { frozen: "bf16" }).needed)}.`;
  throw new RangeError(
    `${name}: this model needs ${gigabytes(needed)} GB on the ${backend.name} backend, ${gigabytes(available)} are ` +
      `there. ${smallerAdvice(backend)}${halved}`,
  );
}

/** A generation that needs fewer bytes than this is not checked against the free memory. */
const uncheckedBytes = 1e9;

/**
 * Bytes that one completion of a generation takes: keys and values of all its columns, the activations of one layer
 * while its prompt is read, and its logits, of which up to four copies exist while a token is drawn.
 */
export function rowBytes(config: DecoderConfig, columns: number): number {
  const {
    hidden_size: C,
    num_hidden_layers: L,
    num_attention_heads: H,
    num_key_value_heads: K,
    head_dim: D,
    intermediate_size: F,
    vocab_size: V,
  } = config;
  const cache = 2 * (L + 1) * K * D; // a layer's grown cache stands beside the old one
  const activations = 4 * C + 4 * (H + 2 * K) * D + 5 * F;
  return 4 * (columns * (cache + activations) + 4 * V);
}

/** How many of `rows` completions to generate at once: all, or as many as half of the free memory holds. */
export function rowsAtOnce(config: DecoderConfig, columns: number, rows: number, backend: Place | undefined): number {
  const each = rowBytes(config, columns);
  if (!backend || rows * each <= uncheckedBytes) return rows;
  const available = availableMemory(backend) ?? Infinity;
  return Math.max(1, Math.min(rows, Math.floor(Math.max(uncheckedBytes, available / 2) / each)));
}

export const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
