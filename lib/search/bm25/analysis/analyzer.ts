import { porterStem } from "./porter";
import { words } from "./words";

/** Lucene's English stop words (EnglishAnalyzer.ENGLISH_STOP_WORDS_SET). */
const stopWords: ReadonlySet<string> = new Set(
  (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they " +
    "this to was will with"
  ).split(" "),
);

/**
 * The index terms of a text, in order. They are those of Lucene's EnglishAnalyzer, which Anserini and Pyserini use:
 * words by UAX #29, without a possessive 's, in lower case, without stop words, stemmed by Porter's algorithm.
 */
export function analyze(text: string): string[] {
  const terms: string[] = [];
  words(text, (start, end) => {
    const term = termOf(text.slice(start, end));
    if (term) terms.push(term);
  });
  return terms;
}

/** The index term of one word; "" for a stop word. */
export function termOf(word: string): string {
  const lower = lowerCase(withoutPossessive(word));
  return stopWords.has(lower) ? "" : porterStem(lower);
}

const withoutPossessive = (word: string): string => (/['\u2019\uff07][sS]$/.test(word) ? word.slice(0, -2) : word);

/**
 * Lower case letter by letter, as in Java: a sigma at the end of a word becomes no other letter, and İ becomes a plain
 * i.
 */
const lowerCase = (word: string): string =>
  /[\u0130\u03a3]/.test(word)
    ? Array.from(word, (letter) => (letter === "\u0130" ? "i" : letter.toLowerCase())).join("")
    : word.toLowerCase();
