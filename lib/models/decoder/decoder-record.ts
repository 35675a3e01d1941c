import type { Tokenizer } from "../tokenizers/tokenizer";
import type { DecoderConfig } from "./config";
import type { RotaryTables } from "./rope";
import type { Weights } from "./weights";

/** What a forward pass needs. A function that takes a `Network` borrows it and changes nothing in it. */
export interface Network {
  readonly weights: Weights;
  readonly config: DecoderConfig;
  readonly rope: RotaryTables; // tables of sines and cosines for `config`
}

/**
 * A decoder as one record: a network, and the tokenizer that defines its token ids.
 *
 * Ownership: the policy or critic that assembles the record owns the tensors of `weights` and of `rope` and disposes of
 * them in its own `dispose`. Every function that takes a record borrows it. Training changes those tensors of `weights`
 * that are variables. `config` and `tokenizer` hold no tensors; several records may share them.
 */
export interface Decoder extends Network {
  readonly tokenizer: Tokenizer;
}
