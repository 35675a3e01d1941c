import { termOf } from "../analysis/analyzer";
import { find, type Dictionary } from "../postings/dictionary";
import { words } from "../analysis/words";
import { wordTable } from "../analysis/word-table";

const remembered = 2 ** 14; // words that are kept with their numbers
const stop = -2;

/**
 * Returns a function that gives the numbers of a text's index terms, in order, without stop words. A term that `terms`
 * does not have is −1.
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
