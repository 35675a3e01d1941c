import { readFileSync } from "node:fs";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { CorruptData } from "../core/errors";

/** Text to token ids and back. */
export interface Tokenizer {
  readonly size: number; // ids are below this
  readonly eos: number; // ends a response
  readonly pad: number;
  /** Markers such as <|im_start|> written in the text become their own tokens; nothing is added. */
  encode(text: string): number[];
  /** Special tokens are left out, think and answer tags are kept. */
  decode(tokens: readonly number[]): string;
  readonly json: object; // tokenizer.json
}

/** Markers the policy writes and reads. Only the first three are special: the tags are part of the answer. */
export const markers = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "<answer>", "</answer>"] as const;
export const specialMarkers: readonly string[] = markers.slice(0, 3);

/** A tokenizer from a parsed tokenizer.json. */
export function tokenizerFrom(json: object): Tokenizer {
  const inner = new HuggingFaceTokenizer(json, { clean_up_tokenization_spaces: false });
  const id = (marker: string): number => {
    const found = inner.token_to_id(marker);
    if (found === undefined) throw new CorruptData("tokenizer.json", `there is no token ${marker}`, "A ChatML tokenizer has it: use the tokenizer saved with the model.");
    return found;
  };
  return {
    size: Math.max(...inner.get_vocab(true).values()) + 1,
    eos: id("<|im_end|>"),
    pad: id("<|endoftext|>"),
    encode: (text) => inner.encode(text, { add_special_tokens: false }).ids,
    decode: (tokens) => (tokens.length ? inner.decode([...tokens], { skip_special_tokens: true }) : ""), // the library refuses an empty list
    json,
  };
}

/** Reads tokenizer.json. Throws CorruptData. */
export function readTokenizer(file: string): Tokenizer {
  try {
    return tokenizerFrom(JSON.parse(readFileSync(file, "utf8")) as object);
  } catch (cause) {
    throw new CorruptData(file, cause instanceof Error ? cause.message : String(cause), "Copy or download the checkpoint again.", { cause });
  }
}
