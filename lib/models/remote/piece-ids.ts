import type { Tokenizer } from "../tokenizers/tokenizer";

/**
 * The ids of tokens that a server tells by their texts alone. A text is the token that it is read as, alone. Ends
 * before the first text that is no single token, such as a part of a character.
 */
export function idsOfPieces(pieces: readonly string[], tokenizer: Pick<Tokenizer, "encode" | "decode">): number[] {
  const ids: number[] = [];
  for (const piece of pieces) {
    const read = piece === "" ? [] : tokenizer.encode(piece);
    if (read.length !== 1 || tokenizer.decode(read) !== piece) break;
    ids.push(read[0]!);
  }
  return ids;
}
