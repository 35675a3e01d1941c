import type { Publication } from "../../core/records";
import { part } from "./fields";
import { words } from "./words";

/**
 * Where every word occurs. Word w occurs in the records documents[starts[w] .. starts[w + 1]), ascending; record number p of
 * that list mentions it in parts[p] (bits of `part`), at positions[offsets[p] .. offsets[p + 1]), ascending.
 * A position is (part number << 20) + the word's place in that part, so neighbours in text differ by one.
 */
export interface Postings {
  readonly numbers: ReadonlyMap<string, number>; // word to its number
  readonly sorted: readonly string[]; // all words, ascending: for truncation
  readonly starts: Uint32Array;
  readonly documents: Uint32Array;
  readonly parts: Uint8Array;
  readonly offsets: Uint32Array;
  readonly positions: Uint32Array;
}

const partBits = [part.title, part.abstract, part.mesh, part.type, part.author, part.journal] as const; // by the number that positions carry
const placeBits = 20; // a part may hold a million words; what is beyond is not indexed
const gap = 64; // places between two headings, so that no phrase runs from one into the next

/** The part that `position` lies in, as a bit of `part`. */
export const partAt = (position: number): number => 1 << (position >>> placeBits);

/** Indexes `publications`, record i being publications[i]. Linear in the text: one reading and a counting sort. */
export function postings(publications: readonly Publication[]): Postings {
  const numbers = new Map<string, number>();
  let occurrences = new Uint32Array(3 << 18); // word number, record, position: three by three, in reading order
  let used = 0;
  const read = (record: number, number: number, text: string, from: number): number => {
    let place = from;
    for (const word of words(text)) {
      if (place >= 1 << placeBits) break;
      let id = numbers.get(word);
      if (id === undefined) numbers.set(word, (id = numbers.size));
      if (used === occurrences.length) occurrences = enlarged(occurrences);
      occurrences[used] = id;
      occurrences[used + 1] = record;
      occurrences[used + 2] = (number << placeBits) + place++;
      used += 3;
    }
    return place + gap;
  };
  const readAll = (record: number, number: number, texts: readonly string[]): void => {
    let place = 0;
    for (const text of texts) place = read(record, number, text, place);
  };
  for (const [record, { title, abstract, mesh, types, authors, journal }] of publications.entries()) {
    read(record, 0, title, 0);
    read(record, 1, abstract, 0);
    readAll(record, 2, mesh);
    readAll(record, 3, types);
    readAll(record, 4, authors);
    read(record, 5, journal, 0);
  }
  let ascending: readonly string[] | undefined;
  return {
    numbers,
    get sorted() {
      return (ascending ??= [...numbers.keys()].sort()); // only truncation asks for it
    },
    ...byWord(occurrences.subarray(0, used), numbers.size),
  };
}

function enlarged(array: Uint32Array): Uint32Array {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Counting sort by word. It is stable, so records and positions stay ascending within a word. */
function byWord(occurrences: Uint32Array, wordCount: number): Omit<Postings, "numbers" | "sorted"> {
  const total = occurrences.length / 3;
  const next = new Uint32Array(wordCount + 1);
  for (let i = 0; i < occurrences.length; i += 3) next[occurrences[i]! + 1]++;
  for (let word = 0; word < wordCount; word++) next[word + 1]! += next[word]!;
  const records = new Uint32Array(total);
  const positions = new Uint32Array(total);
  const ends = next.slice(1);
  for (let i = 0; i < occurrences.length; i += 3) {
    const at = next[occurrences[i]!]!++;
    records[at] = occurrences[i + 1]!;
    positions[at] = occurrences[i + 2]!;
  }
  const starts = new Uint32Array(wordCount + 1);
  const documents = new Uint32Array(total);
  const parts = new Uint8Array(total);
  const offsets = new Uint32Array(total + 1);
  let entries = 0;
  for (let word = 0, at = 0; word < wordCount; word++) {
    starts[word] = entries;
    for (; at < ends[word]!; at++) {
      if (entries === starts[word] || documents[entries - 1] !== records[at]) {
        documents[entries] = records[at]!;
        offsets[entries++] = at;
      }
      parts[entries - 1]! |= partBits[positions[at]! >>> placeBits]!;
    }
  }
  starts[wordCount] = entries;
  offsets[entries] = total;
  return { starts, positions, documents: documents.slice(0, entries), parts: parts.slice(0, entries), offsets: offsets.slice(0, entries + 1) };
}

/** Numbers of the words that `word` stands for: itself, or with `*` at its end every word that begins so. Empty when there is none. */
export function matching({ numbers, sorted }: Postings, word: string): number[] {
  if (!word.endsWith("*")) {
    const number = numbers.get(word);
    return number === undefined ? [] : [number];
  }
  return beginning(sorted, word.slice(0, -1)).map((match) => numbers.get(match)!);
}

/** The entries of a sorted list that begin with `stem`. */
export function beginning(sorted: readonly string[], stem: string): readonly string[] {
  const from = lowerBound(sorted, stem);
  let to = from;
  while (to < sorted.length && sorted[to]!.startsWith(stem)) to++;
  return sorted.slice(from, to);
}

function lowerBound(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
