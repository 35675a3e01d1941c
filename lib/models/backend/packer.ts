import { tf } from "./tf";

/** Makes a tensor of `shape` from the numbers that `fill` writes into an array, every one of them. */
export type Packer = (shape: readonly number[], fill: (data: Float32Array) => void) => tf.Tensor;

/** Backends that copy a tensor's numbers into memory of their own; the others keep the array they are given. */
const copying: readonly string[] = ["tensorflow", "wasm"];

/**
 * Native TensorFlow makes a tensor of the array itself, without a copy, where its memory lies on a multiple of 64
 * bytes. One float behind the beginning of a buffer, which lies on a multiple of 8, it never does.
 */
const misaligned = Float32Array.BYTES_PER_ELEMENT;

/**
 * A packer that uses one array again and again where the backend copies it, so that loading takes the memory of
 * the weights and of the largest tensor, whatever the garbage collector does.
 */
export function packer(): Packer {
  let buffer = new ArrayBuffer(misaligned);
  return (shape, fill) => {
    const size = shape.reduce((product, n) => product * n, 1);
    if (!copying.includes(tf.getBackend())) {
      const data = new Float32Array(size);
      fill(data);
      return tf.tensor(data, [...shape]);
    }
    const bytes = misaligned + size * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > buffer.byteLength) buffer = new ArrayBuffer(bytes);
    const data = new Float32Array(buffer, misaligned, size);
    fill(data);
    const tensor = tf.tensor(data, [...shape]);
    settle(tensor);
    return tensor;
  };
}

/** Numbers of a piece: 64 MB. */
const pieceSize = 1 << 24;

/**
 * Makes a tensor of `shape` from numbers that arrive in order, a part at a time. On native TensorFlow it is put together
 * from pieces, so that an embedding, the largest matrix of a model, is not in JavaScript's memory as well.
 */
export function streamed(pack: Packer, shape: readonly number[], read: (take: (part: Float32Array, from: number) => void) => void): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  if (tf.getBackend() !== "tensorflow" || size <= pieceSize) return pack(shape, (data) => read((part, from) => data.set(part, from)));
  const pieces: tf.Tensor[] = [];
  const piece = new Float32Array(pieceSize);
  let filled = 0;
  const flush = () => {
    if (filled > 0) pieces.push(pack([filled], (data) => data.set(piece.subarray(0, filled))));
    filled = 0;
  };
  try {
    read((part) => {
      for (let done = 0; done < part.length; ) {
        const next = part.subarray(done, done + pieceSize - filled);
        piece.set(next, filled);
        done += next.length;
        if ((filled += next.length) === pieceSize) flush();
      }
    });
    flush();
    return tf.tidy(() => tf.concat(pieces as tf.Tensor1D[]).reshape([...shape]));
  } finally {
    tf.dispose(pieces);
  }
}

/** Has native TensorFlow copy the numbers now: it would put that off to the first operation. */
function settle(tensor: tf.Tensor): void {
  if (tensor.size > 0) tf.slice(tensor, tensor.shape.map(() => 0), tensor.shape.map(() => 1)).dispose();
}
