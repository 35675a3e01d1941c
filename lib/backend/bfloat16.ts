import { tf } from "./tf";

/**
 * Matrices whose numbers are kept as bfloat16, the upper half of a float32. tfjs has no such type, so two
 * neighbours of a row lie in one int32, the first in its lower half: [R, C] is kept as int32 [R, C/2].
 */
export const widening = "WidenBfloat16";

/** Whether the backend in use can widen such matrices. */
export const keepsBfloat16 = (): boolean => tf.getKernel(widening, tf.getBackend()) !== undefined;

/** The float32 [R, C] of an int32 [R, C/2], exactly. Not differentiable. The caller owns it. */
export const widen = (pairs: tf.Tensor2D): tf.Tensor2D =>
  tf.engine().runKernel(widening, { pairs }) as unknown as tf.Tensor2D;

/** The shape of what such pairs hold. */
export const wideShape = ({ shape: [rows, pairs] }: tf.TensorInfo): [number, number] => [rows!, 2 * pairs!];

/** Widens `pairs` into `wide`, which has room for twice as many numbers. */
export function widenInto(wide: Float32Array, pairs: Int32Array): void {
  const bits = new Int32Array(wide.buffer, wide.byteOffset, wide.length);
  for (let i = 0; i < pairs.length; i++) {
    bits[2 * i] = pairs[i]! << 16;
    bits[2 * i + 1] = pairs[i]! & ~0xffff;
  }
}

/** Whether a matrix is kept as bfloat16: int32, of half as many columns. */
export const isHalf = (matrix: tf.Tensor): boolean => matrix.dtype === "int32";

/** The shape of what a matrix, or a vector, holds. */
export const shapeOf = (tensor: tf.Tensor): number[] =>
  isHalf(tensor) ? [tensor.shape[0]!, 2 * tensor.shape[1]!] : tensor.shape;

/** What it holds, as float32. */
export function numbersOf(tensor: tf.Tensor): Float32Array {
  if (!isHalf(tensor)) return tensor.dataSync() as Float32Array;
  const wide = widen(tensor as tf.Tensor2D);
  try {
    return wide.dataSync() as Float32Array;
  } finally {
    wide.dispose();
  }
}

/** Numbers of a vocabulary's matrix that are widened at once: 64 MB of float32. */
const pieceSize = 1 << 24;

/** Rows of a matrix [rows, columns] in stretches that may be widened at once. */
export function piecesOf(rows: number, columns: number): { from: number; length: number }[] {
  const most = Math.max(1, Math.floor(pieceSize / columns));
  return Array.from({ length: Math.ceil(rows / most) }, (_, i) => ({
    from: i * most,
    length: Math.min(most, rows - i * most),
  }));
}
