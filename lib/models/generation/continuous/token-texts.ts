import { tokenBytes } from "../grammar/token-bytes";
import type { Tokenizer } from "../../tokenizers/tokenizer";

/** The bytes that a token writes, by id: those of a part of a character where it is no whole one. */
export function tokenTexts(tokenizer: Tokenizer): (token: number) => Uint8Array {
  const known = bytesOf(tokenizer);
  const encoder = new TextEncoder();
  return (token) => known?.[token] ?? encoder.encode(tokenizer.decode([token]));
}

/** The table of a byte-level vocabulary; undefined for others, whose tokens are decoded one by one. */
function bytesOf(tokenizer: Tokenizer): readonly (Uint8Array | undefined)[] | undefined {
  try {
    return tokenBytes(tokenizer);
  } catch (error) {
    if ((error as Error).name !== "TypeError") throw error;
    return undefined;
  }
}
