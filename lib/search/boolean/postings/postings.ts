import type { Publication } from "../../../core/records";
import { part } from "../syntax/fields";
import { beginning, matchingPattern, sorted, type Sorted } from "./sorted-words";
import { isPattern } from "../text/wild-cards";
import { words } from "../text/words";

/**
 * The inverted index of the words of all records.
 *
 * Word w occurs in the records documents[starts[w] .. starts[w + 1]), ascending. Entry p of this list mentions it in
 * parts[p] (bits of `part`), at positions[offsets[p] .. offsets[p + 1]), ascending. A position is (part number << 20) +
 * the place of the word in that part, so that neighbours in the text differ by one. partsOf[w] holds all parts in which
 * any record mentions w.
 */
export interface Postings {
  readonly numbers: ReadonlyMap<string, number>; // word to its number
  readonly sorted: Sorted; // all words in order, for truncation
  readonly partsOf: Uint8Array;
  readonly starts: Uint32Array;
  readonly documents: Uint32Array;
  readonly parts: Uint8Array;
  readonly offsets: Uint32Array;
  readonly positions: Uint32Array;
}

// by the part number in a position
const partBits = [part.title, part.abstract, part.mesh, part.type, part.author, part.journal, part.keyword] as const;
const placeBits = 20; // a part holds up to a million words; words beyond are not indexed
const gap = 64; // positions between two headings, so that no phrase spans both

/** The part of a position, as a bit of `part`. */
export const partAt = (position: number): number => 1 << (position >>> placeBits);

/** Marks in the stream of words, above the number of any word. */
const mark = { record: 0xffffffff, part: 0xfffffffe, gap: 0xfffffffd } as const;

/**
 * Indexes `publications`; record i is publications[i]. The text is read once into a stream of word numbers, and the
 * words of the stream are then put in their places. The time is linear in the text.
 */
export function postings(publications: readonly Publication[]): Postings {
  const numbers = new Map<string, number>();
  const stream = read(publications, numbers);
  let ascending: Sorted | undefined;
  return {
    numbers,
    get sorted() {
      return (ascending ??= sorted(numbers)); // only truncation needs it
    },
    ...byWord(stream, numbers.size),
  };
}

/**
 * The stream of a corpus: the numbers of its words in reading order, with marks where a record, a part, or a text
 * within a part ends. Fills `numbers`.
 */
function read(publications: readonly Publication[], numbers: Map<string, number>): Uint32Array {
  let stream = new Uint32Array(1 << 20);
  let used = 0;
  const write = (number: number): void => {
    if (used === stream.length) stream = enlarged(stream);
    stream[used++] = number;
  };
  const text = (own: string): void => {
    for (const word of words(own)) {
      const known = numbers.get(word);
      if (known === undefined) numbers.set(word, numbers.size);
      write(known ?? numbers.size - 1);
    }
    write(mark.gap);
  };
  for (const { title, abstract, mesh, types, authors, journal, keywords = [] } of publications) {
    for (const texts of [[title], [abstract], mesh, types, authors, [journal], keywords]) {
      texts.forEach(text);
      write(mark.part);
    }
    write(mark.record);
  }
  return stream.subarray(0, used);
}

function enlarged(array: Uint32Array): Uint32Array {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Calls `occurrence` for each word of the stream, in reading order. */
function replay(stream: Uint32Array, occurrence: (word: number, record: number, position: number) => void): void {
  let [record, part, place] = [0, 0, 0];
  for (let i = 0; i < stream.length; i++) {
    const number = stream[i]!;
    if (number === mark.record) [record, part] = [record + 1, 0];
    else if (number === mark.part) [part, place] = [part + 1, 0];
    else if (number === mark.gap) place += gap;
    else if (place < 1 << placeBits) occurrence(number, record, (part << placeBits) + place++);
  }
}

/**
 * Counts the occurrences of each word, then puts each one in its place. The stream is in reading order, so records and
 * positions ascend within a word.
 */
function byWord(stream: Uint32Array, wordCount: number): Omit<Postings, "numbers" | "sorted"> {
  const [entries, occurrences, latest] = [
    new Uint32Array(wordCount + 1),
    new Uint32Array(wordCount + 1),
    new Int32Array(wordCount).fill(-1),
  ];
  replay(stream, (word, record) => {
    occurrences[word + 1]!++;
    if (latest[word] === record) return;
    latest[word] = record;
    entries[word + 1]!++;
  });
  for (let word = 0; word < wordCount; word++) {
    entries[word + 1]! += entries[word]!;
    occurrences[word + 1]! += occurrences[word]!;
  }
  const documents = new Uint32Array(entries[wordCount]!);
  const [parts, partsOf] = [new Uint8Array(documents.length), new Uint8Array(wordCount)];
  const offsets = new Uint32Array(documents.length + 1).fill(occurrences[wordCount]!);
  const positions = new Uint32Array(occurrences[wordCount]!);
  const [nextEntry, nextPlace] = [entries.slice(), occurrences.slice()];
  latest.fill(-1);
  replay(stream, (word, record, position) => {
    if (latest[word] !== record) {
      latest[word] = record;
      documents[nextEntry[word]!] = record;
      offsets[nextEntry[word]!++] = nextPlace[word]!;
    }
    parts[nextEntry[word]! - 1]! |= partBits[position >>> placeBits]!;
    partsOf[word]! |= partBits[position >>> placeBits]!;
    positions[nextPlace[word]!++] = position;
  });
  return { partsOf, starts: entries, documents, parts, offsets, positions };
}

/**
 * The numbers of the words that `word` stands for: the word itself, all words with this beginning if it ends in `*`, or
 * all words that fit its wild cards.
 */
export function matching(
  { numbers, sorted }: Pick<Postings, "numbers" | "sorted">,
  word: string,
): ArrayLike<number> & Iterable<number> {
  if (isPattern(word)) return matchingPattern(sorted, word);
  if (word.endsWith("*")) return beginning(sorted, word.slice(0, -1));
  const number = numbers.get(word);
  return number === undefined ? [] : [number];
}
