import type { DecoderProgram } from "../../../backend/decode-step";
import type { DecoderConfig } from "../../decoder/config";
import { assembly } from "./program-assembly";

/**
 * Writes keys and values that were computed before into caches, as the attention of a decoder's program writes new
 * ones. The steps compute an attention too, of queries that are 0, whose result nobody reads: that is a small part of
 * what reading the tokens would cost.
 *
 * Inputs: `table.l` [S, (H + 2K)·D] for each layer l, the queries, keys and values of S tokens; `cos` of ones and `sin`
 * of zeros [S, D], since the keys have been rotated; `ids` [S], the rows of the table; `keys.l`, `values.l`, `padding`
 * and `place` as of decoderProgram; `last` [1], any id.
 */
export function copyProgram(config: DecoderConfig): DecoderProgram {
  const { num_hidden_layers: L, num_attention_heads: H, num_key_value_heads: K, head_dim: D } = config;
  const width = (H + 2 * K) * D;
  const { add, input, program } = assembly();
  for (let l = 0; l < L; l++) {
    add("gather", "wide", input(`table.${l}`), "ids");
    const caches = [input(`keys.${l}`), input(`values.${l}`)];
    add("attention", "narrow", "wide", ...caches, "padding", "place", "cos", "sin", "none", "none");
  }
  add("gather", "result", input("table.0"), "last");
  return program({ wide: width, narrow: H * D }, width);
}
