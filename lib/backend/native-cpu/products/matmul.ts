import { replaceKernel } from "../../replace-kernel";
import { floatType, nativeProcessor } from "../../native/binding";
import { ownProductIsFaster } from "./product-choice";
import type { VectorWidthName } from "../vectors/vector-width";
import { tf } from "../../tf";

/** oneDNN's kernels, by the operations and the label under which TensorFlow registers them. */
const plain = "_MklMatMul"; // of two matrices
const batched = "_MklBatchMatMulV2";
const label = "MklNameChangeOp";

/** Our own product of two matrices. */
const own = "DecoderMatMul";

/** Rows of each matrix of a batch from which oneDNN is the faster. */
const fewestRows = 3;

/**
 * Matrix products by oneDNN on native TensorFlow, on the processor. Eigen, which computes them otherwise, reaches two
 * thirds of its speed, a quarter where there are many small matrices. TensorFlow would use it of itself with
 * TF_ENABLE_ONEDNN_OPTS=1, but slowly for few rows and with two lines on stderr; by name its kernels are always there.
 *
 * Products of two matrices are ours where those are faster: product-choice.ts.
 *
 * @param vectors the width of our kernels; undefined where the addon has none
 * @returns whether oneDNN is there: a TensorFlow without it keeps its own products
 */
export function matmulOnNative(vectors?: VectorWidthName): boolean {
  const backend = nativeProcessor();
  if (!backend) return false;
  const { binding } = backend;
  const attributes = (left: string, right: string) =>
    [false, true].map((a) =>
      [false, true].map((b) => [
        floatType(backend),
        { name: "_kernel", type: binding.TF_ATTR_STRING, value: label },
        { name: left, type: binding.TF_ATTR_BOOL, value: a },
        { name: right, type: binding.TF_ATTR_BOOL, value: b },
      ]),
    );
  const ofOwn = [0, 1].map((a) =>
    [0, 1].map((b) => [
      { name: "transpose_a", type: binding.TF_ATTR_INT, value: a },
      { name: "transpose_b", type: binding.TF_ATTR_INT, value: b },
    ]),
  );
  const [ofPlain, ofBatched] = [attributes("transpose_a", "transpose_b"), attributes("adj_x", "adj_y")];
  const { kernelFunc: stock } = tf.getKernel("BatchMatMul", "tensorflow");
  const kernel: typeof stock = (call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    if (a.dtype !== "float32" || b.dtype !== "float32" || a.shape.includes(0) || b.shape.includes(0))
      return stock(call);
    const flags = (of: object[][][]) => of[Number(transposeA)]![Number(transposeB)]!;
    if (a.shape.length === 2 && b.shape.length === 2) {
      const [M, K] = transposeA ? [a.shape[1]!, a.shape[0]!] : (a.shape as [number, number]);
      const N = b.shape[transposeB ? 0 : 1]!;
      const both = transposeA && transposeB; // which ours does not know
      return !both && ownProductIsFaster(M, K, N, transposeA, vectors)
        ? backend.executeSingleOutput(own, flags(ofOwn), [a, b])
        : backend.executeSingleOutput(plain, flags(ofPlain), [a, b]);
    }
    const rows = a.shape[a.shape.length - (transposeA ? 1 : 2)]!;
    return rows < fewestRows ? stock(call) : backend.executeSingleOutput(batched, flags(ofBatched), [a, b]);
  };
  if (!multiplies(kernel)) return false;
  replaceKernel("BatchMatMul", "tensorflow", kernel);
  return true;
}

/** Whether the kernel is there and right, of two matrices and of a batch. */
function multiplies(kernel: tf.KernelConfig["kernelFunc"]): boolean {
  return tf.tidy(() => {
    const attrs = { transposeA: false, transposeB: true };
    for (const batch of [[], [2]]) {
      const a = tf.ones([...batch, 4, 3]);
      try {
        // As the addon's backend makes them.
        const product = kernel({ inputs: { a, b: a }, attrs, backend: tf.backend() }) as tf.Tensor;
        if (product.dataSync().some((value) => value !== 3)) return false;
      } catch {
        return false; // TensorFlow knows no such operation
      }
    }
    return true;
  });
}
