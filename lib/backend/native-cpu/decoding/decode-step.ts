import type { DecodeStep } from "../../decode-step";
import type { Operations } from "../../native/operations";
import type { tf } from "../../tf";

/** One operation that interprets the program (decoder-program.cc). */
export const decodeStep = (operations: Operations): DecodeStep => ({
  tokensAtOnce: 512,
  run: ({ code, numbers, integers }, inputs, settings) =>
    operations.run("DecoderProgram", [code, ...[...numbers, ...integers].map((name) => inputs[name]!)], 1, {
      numbers: numbers.length,
      integers: integers.length,
      ...settings,
    })[0] as tf.Tensor2D,
  withCapacity: (cache, kept, capacity) =>
    operations.run("DecoderRoom", [cache, Int32Array.of(kept, capacity)], 1)[0] as tf.Tensor4D,
  packing: {
    outputs: 32, // Pieces in kernels.h
    mostNumbers: 2 ** 26, // 256 MB
    fewestTokens: 5, // product-inl.h: fewer rows read the weights where they lie
    pack: (matrix, transposed) => operations.run("DecoderPack", [matrix], 1, { transpose_b: Number(transposed) })[0]!,
  },
});
