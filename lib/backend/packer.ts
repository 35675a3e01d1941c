import { tf } from "./tf";

/** Storage formats of a tensor's numbers: float32, or bfloat16 in pairs (bfloat16.ts). */
export interface Form<T extends Float32Array | Uint16Array> {
  readonly bytes: number; // bytes of one number
  shape(shape: readonly number[]): number[]; // shape of the tensor that holds numbers of `shape`
  view(buffer: ArrayBuffer, offset: number, size: number): T;
  tensor(data: T, shape: number[]): tf.Tensor;
}

export const float32: Form<Float32Array> = {
  bytes: 4,
  shape: (shape) => [...shape],
  view: (buffer, offset, size) => new Float32Array(buffer, offset, size),
  tensor: (data, shape) => tf.tensor(data, shape),
};

/** The format of matrices whose last axis is even. */
export const bfloat16: Form<Uint16Array> = {
  bytes: 2,
  shape: (shape) => [...shape.slice(0, -1), shape.at(-1)! / 2],
  view: (buffer, offset, size) => new Uint16Array(buffer, offset, size),
  tensor: (data, shape) => tf.tensor(new Int32Array(data.buffer, data.byteOffset, data.length / 2), shape, "int32"),
};

/** Makes a tensor of `shape`. `fill` writes all of its numbers into an array. */
type Packer<T> = (shape: readonly number[], fill: (data: T) => void) => tf.Tensor;

/** Backends that copy a tensor's numbers into their own memory. The others keep the given array. */
const copying: readonly string[] = ["tensorflow", "wasm"];

/**
 * An offset that makes native TensorFlow copy an array. It uses an array without a copy if its memory is aligned to 64
 * bytes. A buffer is aligned to 8 bytes, so its memory from byte 4 on never is.
 */
const misaligned = 4;

/**
 * A packer that reuses one array if the backend copies it. Loading then takes the memory of the weights and of the
 * largest tensor, independently of the garbage collector.
 */
export function packer<T extends Float32Array | Uint16Array>(form: Form<T>): Packer<T> {
  let buffer = new ArrayBuffer(misaligned);
  return (shape, fill) => {
    const size = shape.reduce((product, n) => product * n, 1);
    if (!copying.includes(tf.getBackend())) {
      const data = form.view(new ArrayBuffer(size * form.bytes), 0, size);
      fill(data);
      return form.tensor(data, form.shape(shape));
    }
    const bytes = misaligned + size * form.bytes;
    if (bytes > buffer.byteLength) buffer = new ArrayBuffer(bytes);
    const data = form.view(buffer, misaligned, size);
    fill(data);
    const tensor = form.tensor(data, form.shape(shape));
    settle(tensor);
    return tensor;
  };
}

/** The number of values in a piece: 64 MB of float32. It is even. */
const pieceSize = 1 << 24;

/**
 * Makes a tensor of `shape` from numbers that arrive in order, one part at a time. On native TensorFlow it is joined
 * from pieces, so that an embedding, the largest matrix of a model, is not also in JavaScript's memory.
 */
export function streamed<T extends Float32Array | Uint16Array>(
  form: Form<T>,
  pack: Packer<T>,
  shape: readonly number[],
  read: (take: (part: T, from: number) => void) => void,
): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  if (tf.getBackend() !== "tensorflow" || size <= pieceSize)
    return pack(shape, (data) => read((part, from) => data.set(part, from)));
  const pieces: tf.Tensor[] = [];
  const piece = form.view(new ArrayBuffer(pieceSize * form.bytes), 0, pieceSize);
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
    return tf.tidy(() => tf.concat(pieces as tf.Tensor1D[]).reshape(form.shape(shape)));
  } finally {
    tf.dispose(pieces);
  }
}

/** Makes native TensorFlow copy the numbers now, instead of at the first operation. */
function settle(tensor: tf.Tensor): void {
  if (tensor.size > 0)
    tf.slice(
      tensor,
      tensor.shape.map(() => 0),
      tensor.shape.map(() => 1),
    ).dispose();
}
