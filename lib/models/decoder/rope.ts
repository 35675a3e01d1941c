import type { Rotation } from "../../backend/kernels";
import { tf } from "../../backend/tf";
import type { DecoderConfig } from "./config";
import { scaledFrequency, type RopeScaling } from "./rope-scaling";

/** Tables of rotary position embeddings for all positions of a model. */
export interface RotaryTables {
  /** Rows `from` … `from + length − 1`. The caller owns them (or its tidy does). */
  range(from: number, length: number): Rotation;
  /**
   * The first `length` rows for columns of padded sequences. There may be more columns than the model has positions:
   * attention depends on distances alone, and no sequence is longer than the model's context. The caller owns them.
   */
  columns(length: number): Rotation;
  /** `range(from[b], length)` for each of B rows. Columns before 0 are padding and have position 0. */
  rows(from: readonly number[], length: number): Rotation;
  /** At least the first `length` rows. The tables own them; another call may replace them. */
  first(length: number): Rotation;
  /** Frees its tensors; it cannot be used afterwards. */
  dispose(): void;
}

/** Positions that are tabulated at first. Real models have 131,072 positions, and most texts are far shorter. */
const firstPositions = 4096;

/**
 * Rotary tables (Su et al. 2021), half-split as in Llama and Qwen: dimension i pairs with i + D/2, at
 * frequency base^(−2i/D), or at the one that `scaling` makes of it.
 */
export function rotaryTables(positions: number, D: number, base: number, scaling?: RopeScaling): RotaryTables {
  const frequencies = Array.from({ length: D / 2 }, (_, i) => scaledFrequency(base ** ((-2 * i) / D), scaling));
  let ready = Math.min(positions, firstPositions);
  let tables = tabulate(ready, frequencies);
  const tabulated = (length: number, most = positions): Rotation => {
    if (length > most)
      throw new RangeError(
        `rope: position ${length - 1} is past the model's ${positions}. Shorten the prompt or maxTokens.`,
      );
    if (length > ready) {
      tf.dispose(tables);
      ready = Math.max(length, Math.min(positions, 2 * ready));
      tables = tabulate(ready, frequencies);
      tf.keep(tables.cos), tf.keep(tables.sin); // the tables outlive the enclosing tidy
    }
    return tables;
  };
  const range = (from: number, length: number, most = positions): Rotation => {
    const { cos, sin } = tabulated(from + length, most);
    return { cos: tf.slice(cos, [from, 0], [length, D]), sin: tf.slice(sin, [from, 0], [length, D]) };
  };
  return {
    range: (from, length) => range(from, length),
    columns: (length) => range(0, length, Infinity),
    rows(from, length) {
      if (from.every((position) => position === from[0] && position >= 0)) return range(from[0]!, length);
      const { cos, sin } = tabulated(Math.max(...from) + length);
      return tf.tidy(() => {
        const at = tf.tensor(
          from.flatMap((first) => Array.from({ length }, (_, t) => Math.max(0, first + t))),
          [from.length, 1, length],
          "int32",
        );
        return { cos: tf.gather(cos, at), sin: tf.gather(sin, at) };
      });
    },
    first: (length) => tabulated(length),
    dispose: () => tf.dispose(tables),
  };
}

/** The tables of a decoder. The caller disposes of them. */
export const rotaryTablesOf = ({
  max_position_embeddings,
  head_dim,
  rope_theta,
  rope_scaling,
}: DecoderConfig): RotaryTables => rotaryTables(max_position_embeddings, head_dim, rope_theta, rope_scaling);

/** Positions 0 … positions − 1. */
function tabulate(positions: number, frequencies: readonly number[]): Rotation {
  const half = frequencies.length;
  const D = 2 * half;
  const cos = new Float32Array(positions * D);
  const sin = new Float32Array(positions * D);
  for (let t = 0; t < positions; t++) {
    for (let i = 0; i < half; i++) {
      const angle = t * frequencies[i]!;
      cos[t * D + i] = cos[t * D + i + half] = Math.cos(angle);
      sin[t * D + i] = -Math.sin(angle);
      sin[t * D + i + half] = Math.sin(angle);
    }
  }
  return { cos: tf.tensor2d(cos, [positions, D]), sin: tf.tensor2d(sin, [positions, D]) };
}
