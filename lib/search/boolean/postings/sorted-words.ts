import { fitting, stemOf } from "../text/wild-cards";

/** Numbered words in ascending order, so that words with one stem stand together. */
export interface Sorted {
  readonly words: readonly string[];
  readonly numbers: Uint32Array; // [words] the number of each word
}

export function sorted(numbers: ReadonlyMap<string, number>): Sorted {
  const words = [...numbers.keys()].sort();
  return { words, numbers: Uint32Array.from(words, (word) => numbers.get(word)!) };
}

/** The numbers of the words that begin with `stem`, in the order of the words. */
export function beginning({ words, numbers }: Sorted, stem: string): Uint32Array {
  const from = firstWhere(words, 0, (word) => word >= stem);
  return numbers.subarray(
    from,
    firstWhere(words, from, (word) => !word.startsWith(stem)),
  );
}

/** The numbers of the words that fit a pattern with wild cards, in the order of the words. */
export function matchingPattern({ words, numbers }: Sorted, pattern: string): Uint32Array {
  const [stem, fits] = [stemOf(pattern), fitting(pattern)];
  const found: number[] = [];
  for (let at = firstWhere(words, 0, (word) => word >= stem); at < words.length && words[at]!.startsWith(stem); at++) {
    if (fits(words[at]!)) found.push(numbers[at]!);
  }
  return Uint32Array.from(found);
}

/** The first index from `from` at which the test is true, or the end. */
function firstWhere(words: readonly string[], from: number, holds: (word: string) => boolean): number {
  let [low, high] = [from, words.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(words[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
