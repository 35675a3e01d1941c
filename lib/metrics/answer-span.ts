/**
 * Whether a passage holds an answer, as DPR and Pyserini decide it (`has_answers`, facebookresearch/DPR
 * dpr/data/qa_validation.py with SimpleTokenizer): both are split into tokens, lower-cased, and the answer's must
 * stand in the passage's one after the other. "art" is thus not in "artist", and "U.S." is in "the U. S.".
 */

/** Words, or single signs; white space, control characters and lone surrogates only separate. */
const token = /[\p{L}\p{N}\p{M}]+|[^\p{Z}\p{C}]/gu;

/** The tokens of `text`, after canonical decomposition (NFD), in lower case. */
export function spanTokens(text: string): readonly string[] {
  return (text.normalize("NFD").match(token) ?? []).map((word) => word.toLowerCase());
}

/** A text prepared for comparison. Keep it for a passage that is tested often. */
export interface Span {
  readonly text: string; // its tokens with a space around each, so that a run of tokens is a substring
  readonly bits: Uint32Array; // [32] a Bloom filter of its tokens: one bit of 1024 for each
}

/** Prepares `text`. */
export function spanOf(text: string): Span {
  const tokens = spanTokens(text);
  const bits = new Uint32Array(32);
  for (const each of tokens) {
    const bit = bitOf(each);
    bits[bit >>> 5]! |= 1 << (bit & 31);
  }
  return { text: ` ${tokens.join(" ")} `, bits };
}

/**
 * A test of passages for any of `answers`.
 *
 * An answer without a token ("", " ") matches every passage, as in DPR, so its question cannot be missed. `dropEmpty`
 * leaves such answers out.
 */
export function answerMatcher(
  answers: readonly string[],
  { dropEmpty = true }: { readonly dropEmpty?: boolean } = {},
): (passage: Span) => boolean {
  const wanted = answers
    .map(spanTokens)
    .filter((tokens) => !dropEmpty || tokens.length > 0)
    .map((tokens) => ({ run: tokens.length > 0 ? ` ${tokens.join(" ")} ` : "", bits: tokens.map(bitOf) }));
  return (passage) => {
    for (const answer of wanted)
      if (mayHold(passage.bits, answer.bits) && passage.text.includes(answer.run)) return true;
    return false;
  };
}

function mayHold(filter: Uint32Array, bits: readonly number[]): boolean {
  for (const bit of bits) if (((filter[bit >>> 5]! >>> (bit & 31)) & 1) === 0) return false;
  return true;
}

/** The bit of a token: its FNV-1a hash, folded to 10 bits. */
function bitOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 16)) & 1023;
}
