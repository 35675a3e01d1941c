import type { DecoderProgram } from "../../../backend/decode-step";

/**
 * Steps in the order in which native-cpu/decoding/decoder-program.cc numbers them. The first operand of a step is its
 * output.
 */
const steps = ["gather", "norm", "product", "transposedProduct", "addBias", "addScaled", "gate", "attention"] as const;
const operandsOfStep = 10;

/** A program that is being written, step by step. */
interface Assembly {
  /** Declares an input: float32 numbers, or integers, as matrices of bfloat16 are. Returns its name. */
  input(name: string, integers?: boolean): string;
  /** Adds a step. Operands are names of inputs and registers, "result", or "none". */
  add(step: (typeof steps)[number], ...operands: string[]): void;
  /**
   * The program in the encoding of the kernel.
   *
   * @param registers the capacity of each in columns
   * @param result columns of the result
   */
  program(registers: Readonly<Record<string, number>>, result: number): DecoderProgram;
}

export function assembly(): Assembly {
  const numbers = ["cos", "sin"];
  const integers = ["ids", "last", "padding", "place"];
  const written: [(typeof steps)[number], readonly string[]][] = [];
  return {
    input(name, isInteger = false) {
      const among = isInteger ? integers : numbers;
      if (!among.includes(name)) among.push(name);
      return name;
    },
    add: (step, ...operands) => void written.push([step, operands]),
    program(registers, result) {
      const places = new Map(
        [...Object.keys(registers), "result", ...numbers, ...integers, "none"].map((name, i) => [name, i]),
      );
      const code = written.flatMap(([step, operands]) => [
        steps.indexOf(step),
        ...Array.from({ length: operandsOfStep }, (_, i) => places.get(operands[i] ?? "none")!),
      ]);
      const sizes = [Object.keys(registers).length, ...Object.values(registers), result];
      return { code: Int32Array.of(...sizes, ...code), numbers, integers };
    },
  };
}
