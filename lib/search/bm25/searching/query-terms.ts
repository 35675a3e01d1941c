import { termOf } from "../analysis/analyzer";
import { find, type Dictionary } from "../postings/dictionary";
import { words } from "../analysis/words";
import { wordTable } from "../analysis/word-table";

const remembered = 2 ** 14; // words
const stop = -2;

/**
 * The numbers of a text's index terms, in order and without stop words; -1 for a term that `terms` does not have.
 * Remembers words that it has seen.
 */
export function queryTerms(terms: Dictionary): (text: string) => number[] {
  const numberAt = wordTable((word) => {
    const term = termOf(word);
    return term === "" ? stop : find(terms, term);
  }, remembered);
  return (text) => {
    const numbers: number[] = [];
    words(text, (start, end) => {
      const term = numberAt(text, start, end);
      if (term !== stop) numbers.push(term);
    });
    return numbers;
  };
}
