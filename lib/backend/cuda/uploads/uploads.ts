import type { CreateTensor, NativeBackend } from "../../native/binding";

/** Integers from which a matrix is taken for one of bfloat16, and kept on the card. Lists of tokens are shorter. */
const largeMatrix = 2 ** 17;

/**
 * Brings the numbers of JavaScript to the card without waiting for its queue. The addon's own copy of a float tensor
 * waits: a number that a training step makes cost it 20 ms. Large integer matrices, which TensorFlow keeps in the
 * host's memory, move to the card once instead of for each kernel that reads them.
 */
export function uploadsOnCuda(backend: NativeBackend): void {
  const { binding } = backend;
  const { createTensor: stock, deleteTensor, executeOp, TF_FLOAT, TF_INT32 } = binding;
  const through = (name: string, lists: readonly (readonly [readonly number[], Int32Array])[]): number => {
    const ids = lists.map(([shape, values]) => stock(shape, TF_INT32, values));
    try {
      return executeOp(name, [], ids, 1)[0]!.id;
    } finally {
      ids.forEach(deleteTensor);
    }
  };
  const createTensor: CreateTensor = (shape, type, values) => {
    if (type === TF_FLOAT && values instanceof Float32Array && values.length > 0) {
      const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
      return through("DecoderUpload", [
        [[bits.length], bits],
        [[shape.length], Int32Array.from(shape)],
      ]);
    }
    if (type === TF_INT32 && values instanceof Int32Array && shape.length === 2 && values.length >= largeMatrix)
      return through("DecoderKeep", [[shape, values]]);
    return stock(shape, type, values);
  };
  // the addon's own properties cannot be written
  Object.assign(backend, {
    binding: Object.create(binding, { createTensor: { value: createTensor } }) as typeof binding,
  });
}
