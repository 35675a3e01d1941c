import type { DecoderProgram } from "../../../backend/decode-step";
import type { DecoderConfig } from "../../decoder/config";
import type { Projection } from "../../decoder/low-rank";
import type { Layer } from "../../decoder/weights";
import { assembly } from "./program-assembly";

/** The properties, besides a config, that determine a program. */
interface ProgramParts {
  readonly layer: readonly (keyof Layer)[]; // the tensors that a layer has
  readonly half: readonly string[]; // names of matrices that are kept as bfloat16
  readonly adapted: readonly Projection[]; // matrices of a layer with low-rank factors
  readonly rank: number; // of the factors
  readonly packed?: readonly string[]; // names of matrices of which NAME.packed is a packed copy
}

/**
 * Computes T new tokens in each row, as hiddenStates, nextHidden and logitsOf do, in eight steps a layer.
 *
 * Inputs: the weights by the names of namedTensors, with low-rank factors as "layers.0.qkv.a" and ".b"; `ids` [B·T] and
 * `padding` [B], as in Decoding; `last` [N], the indices of the ids whose next-token logits are computed; `cos` and
 * `sin` [positions, D]; `keys.l` and `values.l` [rows, K, capacity, D] of each layer l; `place` [2], the first column
 * and the first row of these that receive the new tokens' keys and values. Result: logits [N, V].
 */
export function decoderProgram(
  config: DecoderConfig,
  { layer: parts, half, adapted, rank, packed = [] }: ProgramParts,
): DecoderProgram {
  const {
    hidden_size: C,
    vocab_size: V,
    num_hidden_layers: L,
    num_attention_heads: H,
    num_key_value_heads: K,
    head_dim: D,
    intermediate_size: F,
  } = config;
  const columns: Record<Projection, number> = { qkv: (H + 2 * K) * D, out: C, gateUp: 2 * F, down: C };
  const widths = {
    x: C,
    normed: C,
    change: C,
    wide: Math.max(columns.qkv, columns.gateUp),
    narrow: Math.max(C, H * D, F),
    low: rank,
    added: rank && Math.max(...Object.values(columns)),
  };
  const { add, program, input: declared } = assembly();
  const input = (name: string): string => declared(name, half.includes(name));
  const packedForm = (name: string): string => (packed.includes(name) ? input(`${name}.packed`) : "none");
  const project = (to: string, from: string, l: number, name: Projection): void => {
    const matrix = `layers.${l}.${name}`;
    add("product", to, from, input(matrix), packedForm(matrix));
    if (!adapted.includes(name)) return;
    add("product", "low", from, input(`${matrix}.a`));
    add("product", "added", "low", input(`${matrix}.b`));
    add("addScaled", to, "added");
  };

  add("gather", "x", input("embed"), "ids");
  for (let l = 0; l < L; l++) {
    const part = (name: keyof Layer): string => (parts.includes(name) ? input(`layers.${l}.${name}`) : "none");
    add("norm", "normed", "x", part("norm1"), l > 0 ? "change" : "none");
    project("wide", "normed", l, "qkv");
    if (parts.includes("qkvBias")) add("addBias", "wide", part("qkvBias"));
    add(
      "attention",
      "narrow",
      "wide",
      input(`keys.${l}`),
      input(`values.${l}`),
      "padding",
      "place",
      "cos",
      "sin",
      part("qNorm"),
      part("kNorm"),
    );
    project("change", "narrow", l, "out");
    add("norm", "normed", "x", part("norm2"), "change");
    project("wide", "normed", l, "gateUp");
    add("gate", "narrow", "wide");
    project("change", "narrow", l, "down");
  }
  add("gather", "normed", "x", "last");
  add("gather", "narrow", "change", "last");
  add("norm", "x", "normed", input("norm"), "narrow");
  const vocabulary = config.tie_word_embeddings === false ? "head" : "embed";
  add("transposedProduct", "result", "x", input(vocabulary), packedForm(vocabulary));

  return program(widths, V);
}
