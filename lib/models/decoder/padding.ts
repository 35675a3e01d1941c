import { tf } from "../../backend/tf";

/** Sequences that are padded to one length: token ids, and the number of pad tokens at the left of each. */
export interface Padded {
  readonly ids: readonly number[][]; // [B][length]
  readonly padding: readonly number[]; // [B]
  readonly length: number;
}

/** Pads at the left, so that all rows end, and are continued, at the same column. */
export function leftPad(sequences: readonly (readonly number[])[], pad: number): Padded {
  const length = Math.max(...sequences.map((sequence) => sequence.length));
  const padding = sequences.map((sequence) => length - sequence.length);
  const ids = sequences.map((sequence, b) => [...Array<number>(padding[b]!).fill(pad), ...sequence]);
  return { ids, padding, length };
}

/** The attention mask [B, 1, 1, length]: −1e9 on left padding, 0 elsewhere. The caller owns it. */
export function paddingMask(padding: readonly number[], length: number): tf.Tensor4D {
  const data = new Float32Array(padding.length * length);
  for (const [b, pad] of padding.entries()) data.fill(-1e9, b * length, b * length + Math.min(pad, length));
  return tf.tensor4d(data, [padding.length, 1, 1, length]);
}
