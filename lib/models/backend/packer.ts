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

/** Has native TensorFlow copy the numbers now: it would put that off to the first operation. */
function settle(tensor: tf.Tensor): void {
  if (tensor.size > 0) tf.slice(tensor, tensor.shape.map(() => 0), tensor.shape.map(() => 1)).dispose();
}
