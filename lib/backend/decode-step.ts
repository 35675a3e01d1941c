import type { DrawnTokens, TokenDraws } from "./choose-tokens";
import type { tf } from "./tf";

/** A computation as an implementation's decode step reads it. */
export interface DecoderProgram {
  readonly code: Int32Array; // in the encoding of native-cpu/decoding/decoder-program.cc
  readonly numbers: readonly string[]; // names of its float32 inputs, in order
  readonly integers: readonly string[]; // names of its int32 inputs, in order
}

/** Inputs of a program by name. Lists of numbers may be given as they are. */
type ProgramInputs = Readonly<Record<string, tf.Tensor | Int32Array | Float32Array>>;

/** Settings of a program that are no tensors. */
interface ProgramSettings {
  readonly heads: number; // query heads
  readonly epsilon: number; // of norms
  readonly scale: number; // of low-rank changes
}

/**
 * All layers of a decoder for T new tokens of each row, as one operation. Keys and values are written into caches
 * [rows, K, capacity, D] in place. Nothing here is differentiable.
 */
export interface DecodeStep {
  /** Tokens that are best read at a time: their activations stay in the processor's caches. */
  readonly tokensAtOnce: number;
  /** Runs a program. The caller owns the logits [N, V]. */
  run(program: DecoderProgram, inputs: ProgramInputs, settings: ProgramSettings): tf.Tensor2D;
  /**
   * Runs a program of one new token in each row, draws the token that follows from its logits, reads that one, and so
   * on, without a look at them in between: k tokens of each row, the last of which is not read. The caches need room
   * for k columns, and the tables k positions, from those of the new tokens on. Absent where each token is chosen
   * apart.
   */
  draw?(program: DecoderProgram, inputs: ProgramInputs, settings: ProgramSettings, draws: TokenDraws): DrawnTokens;
  /**
   * A cache [B, K, capacity, D] with the first `kept` columns of `cache`. What stands in the other columns is
   * undefined. Borrows the cache; the caller owns the result.
   */
  withCapacity(cache: tf.Tensor4D, kept: number, capacity: number): tf.Tensor4D;
  /** Matrices in a second form, in which products of many rows read them faster. */
  readonly packing: Packing;
}

/** How and when matrices are packed. */
export interface Packing {
  readonly outputs: number; // the number of a matrix's outputs is a multiple of this
  readonly mostNumbers: number; // of all packed matrices together: larger models keep one copy of their weights
  readonly fewestTokens: number; // from which a product reads the packed form
  /** The packed form of a float32 matrix [in, out], or [out, in] if `transposed`. The caller owns it. */
  pack(matrix: tf.Tensor2D, transposed: boolean): tf.Tensor;
}
