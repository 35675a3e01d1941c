import type { DecodeStep, DecoderProgram } from "../../decode-step";
import type { Operations } from "../../native/operations";
import { tf } from "../../tf";
import { settingsOf } from "../choose-tokens/choose-tokens";

/** The lists among a program's integers, which come first; its other integers are matrices of bfloat16. */
const lists = 4;

/** What the operations of program-ops.cc are given of a program. */
const operands = (
  { code, numbers, integers }: DecoderProgram,
  inputs: Parameters<DecodeStep["run"]>[1],
  settings: Parameters<DecodeStep["run"]>[2],
) => ({
  given: [code, ...[...numbers, ...integers].map((name) => inputs[name]!)],
  attributes: { numbers: numbers.length, integers: lists, halves: integers.length - lists, ...settings },
});

/** One operation that interprets the program. It records a graph for each shape and replays it (program.cc). */
export const decodeStep = (operations: Operations): DecodeStep => ({
  tokensAtOnce: 4096,
  run(program, inputs, settings) {
    const { given, attributes } = operands(program, inputs, settings);
    return operations.run("DecoderProgramOnCard", given, 1, attributes)[0] as tf.Tensor2D;
  },
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

/** The same with tokens that are drawn on the card. It launches the kernels of chooseTokens too. */
export const drawingStep = (operations: Operations): DecodeStep => ({
  ...decodeStep(operations),
  draw(program, inputs, settings, draws) {
    const { given, attributes } = operands(program, inputs, settings);
    const uniforms = new Int32Array(draws.uniforms.buffer, draws.uniforms.byteOffset, 2 * draws.uniforms.length);
    const made = operations.run("DecoderDrawTokens", [...given, uniforms, settingsOf(draws)], 2, attributes);
    const [tokens, logps] = made.map((tensor) => tensor.dataSync()) as [Int32Array, Float32Array];
    tf.dispose(made);
    return { tokens, logps };
  },
});
