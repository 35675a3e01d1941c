import { readFileSync } from "node:fs";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { CorruptData } from "../../core/errors";
import { withAddedTokens } from "./added-tokens";
import { placeholderFile } from "../checkpoints/placeholder-file";
import { asPythonReads } from "./tokenizer-rules";

/** Converts text to token ids and back. */
export interface Tokenizer {
  readonly size: number; // ids are below this
  readonly eos: number; // ends a response; reading it throws TypeError where the model has no such token
  readonly stops: readonly number[]; // all tokens that end a response, eos first: chat models have several
  readonly pad: number;
  readonly bos?: number | undefined; // begins a text; absent if the model was trained without it
  /**
   * Markers such as <|im_start|> in the text become their own tokens. No token is added: a prompt that needs a
   * <|begin_of_text|> contains it (reference §9). With `special`, the tokens of the tokenizer's own template are added.
   */
  encode(text: string, options?: { readonly special?: boolean }): number[];
  /** Special tokens are left out, think and answer tags are kept. */
  decode(tokens: readonly number[]): string;
  readonly json: object; // tokenizer.json
  readonly files: Readonly<Record<string, string>>; // further files of the tokenizer: text by name
}

/** Tokens that a checkpoint names outside tokenizer.json. */
export interface TokenizerSettings {
  /** if empty or absent, `end` or <|im_end|> */
  readonly stops?: readonly number[];
  /** the token that ends a text */
  readonly end?: string;
  /** <|endoftext|> if absent, else the first stop */
  readonly pad?: number | undefined;
  readonly bos?: number | undefined;
  readonly files?: Readonly<Record<string, string>>;
}

/** Markers the policy writes and reads. Only the first three are special: the tags are part of the answer. */
export const markers = [
  "<|endoftext|>",
  "<|im_start|>",
  "<|im_end|>",
  "<think>",
  "</think>",
  "<answer>",
  "</answer>",
] as const;
export const specialMarkers: readonly string[] = markers.slice(0, 3);

/** A tokenizer from a parsed tokenizer.json. */
export function tokenizerFrom(
  json: object,
  { stops, end = "<|im_end|>", pad, bos, files = {} }: TokenizerSettings = {},
): Tokenizer {
  const inner = new HuggingFaceTokenizer(asPythonReads(json), { clean_up_tokenization_spaces: false });
  const ending = inner.token_to_id(end);
  if (ending === undefined && !stops)
    throw new CorruptData(
      "tokenizer.json",
      `there is no token ${end}`,
      "A ChatML tokenizer has it: use the tokenizer saved with the model.",
    );
  const ends = stops?.length ? stops : ending === undefined ? [] : [ending];
  return {
    size: largest(inner.get_vocab(true).values()) + 1,
    get eos(): number {
      if (ends.length === 0)
        throw new TypeError("This model has no token that ends a text: name one as eos_token_id in its config.json.");
      return ends[0]!;
    },
    stops: ends,
    pad: pad ?? inner.token_to_id("<|endoftext|>") ?? ends[0] ?? 0, // its value has no effect, since padding is masked
    ...(bos !== undefined && { bos }),
    encode: (text, { special = false } = {}) => inner.encode(text, { add_special_tokens: special }).ids,
    // the library refuses an empty list
    decode: (tokens) => (tokens.length ? inner.decode([...tokens], { skip_special_tokens: true }) : ""),
    json,
    files,
  };
}

/** Reads tokenizer.json. Throws CorruptData. */
export function readTokenizer(file: string, settings?: TokenizerSettings): Tokenizer {
  let text = "";
  try {
    return tokenizerFrom(
      withAddedTokens(file, JSON.parse((text = readFileSync(file, "utf8"))) as object, settings?.files ?? {}),
      settings,
    );
  } catch (cause) {
    if ((cause as Error).name === "CorruptData") throw cause;
    const other = placeholderFile(Buffer.from(text.slice(0, 200)));
    throw new CorruptData(
      file,
      other?.why ?? (cause instanceof Error ? cause.message : String(cause)),
      other?.fix ?? "Copy or download the checkpoint again.",
      { cause },
    );
  }
}

/** The maximum by a loop, since Math.max(…) takes fewer arguments than a vocabulary has ids. */
function largest(ids: Iterable<number>): number {
  let most = -1;
  for (const id of ids) if (id > most) most = id;
  return most;
}
