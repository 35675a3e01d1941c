import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import { CorruptData } from "../../core/errors";
import { asPythonReads } from "../tokenizers/tokenizer-rules";

/** Converts a text to the ids that an encoder reads, [CLS] and [SEP] included. */
export type Tokens = (text: string, most: number) => number[];

/**
 * Reads tokenizer.json (WordPiece, unigram, BPE). Texts longer than `most` tokens are cut, but keep the tokens that
 * begin and end every text. Throws CorruptData.
 */
export function readTokens(file: string): Tokens {
  let inner: Tokenizer;
  try {
    inner = new Tokenizer(asPythonReads(JSON.parse(readFileSync(file, "utf8")) as object), {});
  } catch (cause) {
    throw new CorruptData(
      file,
      cause instanceof Error ? cause.message : String(cause),
      "Copy or download the model again; a model with vocab.txt alone needs its tokenizer.json beside it.",
      { cause },
    );
  }
  const [whole, bare] = [inner.encode("a").ids, inner.encode("a", { add_special_tokens: false }).ids];
  const before = whole.findIndex((_, i) => bare.every((id, j) => whole[i + j] === id));
  const after = whole.length - bare.length - before;
  return (text, most) => {
    const { ids } = inner.encode(text);
    return ids.length <= most ? ids : [...ids.slice(0, most - after), ...ids.slice(ids.length - after)];
  };
}
