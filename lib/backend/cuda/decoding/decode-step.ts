import type { DecodeStep } from "../../decode-step";
import type { Operations } from "../../native/operations";
import type { tf } from "../../tf";

/** The lists among a program's integers, which come first; its other integers are matrices of bfloat16. */
const lists = 4;

/** One operation that interprets the program. It records a graph for each shape and replays it (program-ops.cc). */
export const decodeStep = (operations: Operations): DecodeStep => ({
  tokensAtOnce: 4096,
  run: ({ code, numbers, integers }, inputs, settings) =>
    operations.run("DecoderProgramOnCard", [code, ...[...numbers, ...integers].map((name) => inputs[name]!)], 1, {
      numbers: numbers.length,
      integers: lists,
      halves: integers.length - lists,
      ...settings,
    })[0] as tf.Tensor2D,
  withCapacity: (cache, kept, capacity) =>
    operations.run("DecoderRoom", [cache, Int32Array.of(kept, capacity)], 1)[0] as tf.Tensor4D,
  packing: {
    outputs: 1,
    mostNumbers: 0, // a card reads matrices as they are
    fewestTokens: Infinity,
    pack: () => {
      throw new Error("A card packs no matrices.");
    },
  },
});
