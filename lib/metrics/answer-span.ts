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

/** The tokens of `text` with a space around each, so that a run of tokens is a substring. Worth keeping for a passage that is asked often. */
export const spanText = (text: string): string => ` ${spanTokens(text).join(" ")} `;

/**
 * A test of passages, given as `spanText`, for any of `answers`.
 *
 * An answer without a token ("", " ") stands in every passage, as an empty list does in every list; it makes a
 * question that cannot be missed. `dropEmpty` leaves such answers out.
 */
export function answerMatcher(answers: readonly string[], { dropEmpty = true }: { readonly dropEmpty?: boolean } = {}): (passage: string) => boolean {
  const wanted = [...new Set(answers.map(spanText))].filter((answer) => !dropEmpty || answer.trim() !== "");
  return (passage) => wanted.some((answer) => answer.trim() === "" || passage.includes(answer));
}
