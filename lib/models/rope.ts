import { tf } from "./backend/tf";

/** Cosines and signed sines of some consecutive positions, [T, D] each. */
export type Rotation = { cos: tf.Tensor2D; sin: tf.Tensor2D };

/** Tables of rotary position embeddings for as many positions as a model has. */
export interface RotaryTables {
  /** Rows `from` … `from + length − 1`. The caller owns them (or its tidy does). */
  range(from: number, length: number): Rotation;
  dispose(): void;
}

/**
 * Rotary tables (Su et al. 2021), half-split as in Llama and Qwen: dimension i pairs with i + D/2, at
 * frequency base^(−2i/D).
 */
export function rotaryTables(positions: number, D: number, base: number): RotaryTables {
  const cos = new Float32Array(positions * D);
  const sin = new Float32Array(positions * D);
  for (let t = 0; t < positions; t++) {
    for (let i = 0; i < D / 2; i++) {
      const angle = t * base ** ((-2 * i) / D);
      cos[t * D + i] = cos[t * D + i + D / 2] = Math.cos(angle);
      sin[t * D + i] = -Math.sin(angle);
      sin[t * D + i + D / 2] = Math.sin(angle);
    }
  }
  const tables = { cos: tf.tensor2d(cos, [positions, D]), sin: tf.tensor2d(sin, [positions, D]) };
  return {
    range(from, length) {
      if (from + length > positions) throw new RangeError(`rope: position ${from + length - 1} is past the model's ${positions}. Shorten the prompt or maxTokens.`);
      return { cos: tf.slice(tables.cos, [from, 0], [length, D]), sin: tf.slice(tables.sin, [from, 0], [length, D]) };
    },
    dispose: () => tf.dispose(tables),
  };
}

/** x·cos + swap(x)·sin, where swap exchanges the halves of the last axis. `x` is [B, heads, T, D]. */
export function rotate(x: tf.Tensor4D, { cos, sin }: Rotation): tf.Tensor4D {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor4D, tf.Tensor4D];
  return tf.add(tf.mul(x, cos), tf.mul(tf.concat([second, first], -1), sin));
}
