import { encodeLength } from "../postings/length-norm";
import type { Postings } from "../postings/postings";
import { shared } from "../postings/strings";

const chunk = 2 ** 21; // postings that are allocated at a time

/** Postings in the order of the documents. `inverted` puts them in the order of the terms, at the end. */
export interface Forward {
  readonly size: number; // postings
  /** Adds one occurrence of a term in the current document. */
  add(term: number): void;
  /** Ends the current document. `id` is for errors. */
  endDocument(id: string): void;
  readonly documents: number;
  readonly counted: number; // documents with at least one term
  readonly tokens: number; // terms, repetitions included
  /**
   * The inverted index, with the documents in a new order: `order[i]` becomes i. It frees these postings, so it can be
   * called once.
   */
  invert(order: Uint32Array, terms: number): Pick<Postings, "starts" | "docs" | "pairs">;
}

/** Numbers the pairs of term frequency and length norm, in order of appearance. */
export interface PairNumbers {
  readonly size: number;
  /** The number of a pair. `id` is for errors. */
  number(frequency: number, norm: number, id: string): number;
  /** The pairs with the numbers from `start` on. */
  tables(start?: number): Pick<Postings, "frequencies" | "lengths">;
}

export function forward(pair: PairNumbers): Forward {
  const terms: Uint32Array[] = []; // [postings] in chunks
  const pairs: Uint16Array[] = []; // [postings] in chunks
  let ends = new Float64Array(1024); // [documents] where the postings of each document end
  let counts = new Uint32Array(1024); // [terms] occurrences in the current document
  let found = new Uint32Array(1024); // the distinct terms of the current document
  let distinct = 0;
  let length = 0;
  let documents = 0;
  let size = 0;
  let counted = 0;
  let tokens = 0;
  return {
    get size() {
      return size;
    },
    get documents() {
      return documents;
    },
    get counted() {
      return counted;
    },
    get tokens() {
      return tokens;
    },
    add(term) {
      if (term >= counts.length) counts = grown(Uint32Array, counts, term + 1);
      if (counts[term]!++ === 0) {
        if (distinct === found.length) found = grown(Uint32Array, found, distinct + 1);
        found[distinct++] = term;
      }
      length++;
    },
    endDocument(id) {
      const norm = encodeLength(length);
      for (let i = 0; i < distinct; i++, size++) {
        if (size % chunk === 0) {
          terms.push(new Uint32Array(chunk));
          pairs.push(new Uint16Array(chunk));
        }
        const term = found[i]!;
        terms[terms.length - 1]![size % chunk] = term;
        pairs[pairs.length - 1]![size % chunk] = pair.number(counts[term]!, norm, id);
        counts[term] = 0;
      }
      if (documents === ends.length) ends = grown(Float64Array, ends, documents + 1);
      ends[documents++] = size;
      if (length > 0) counted++;
      tokens += length;
      distinct = length = 0;
    },
    invert(order, termCount) {
      const starts = shared(Uint32Array, termCount + 1);
      for (let i = 0; i < size; i++) starts[terms[Math.floor(i / chunk)]![i % chunk]! + 1]!++;
      for (let term = 0; term < termCount; term++) starts[term + 1]! += starts[term]!;
      const next = starts.slice();
      const docs = shared(Int32Array, size);
      const inverted = shared(Uint16Array, size);
      for (let doc = 0; doc < order.length; doc++) {
        const old = order[doc]!;
        for (let i = old === 0 ? 0 : ends[old - 1]!; i < ends[old]!; i++) {
          const at = Math.floor(i / chunk);
          const place = next[terms[at]![i % chunk]!]!++;
          docs[place] = doc;
          inverted[place] = pairs[at]![i % chunk]!;
        }
      }
      terms.length = pairs.length = 0;
      return { starts, docs, pairs: inverted };
    },
  };
}

/** Numbers up to `most` pairs. One more pair is a RangeError. */
export function pairNumbers(most: number): PairNumbers {
  const frequent = new Int32Array(256 * 256).fill(-1); // frequencies below 256
  const rare = new Map<number, number>();
  const keys: number[] = [];
  const learn = (key: number, id: string): number => {
    if (keys.length === most)
      throw new RangeError(
        `indexing: up to document ${JSON.stringify(id)} there are more than ${most} different pairs of term ` +
          "frequency and document length. Split long documents into passages.",
      );
    if (key < frequent.length) frequent[key] = keys.length;
    else rare.set(key, keys.length);
    return keys.push(key) - 1;
  };
  return {
    get size() {
      return keys.length;
    },
    number(frequency, norm, id) {
      const key = frequency * 256 + norm;
      const known = key < frequent.length ? frequent[key]! : (rare.get(key) ?? -1);
      return known >= 0 ? known : learn(key, id);
    },
    tables(start = 0) {
      const frequencies = shared(Uint32Array, keys.length - start);
      const lengths = shared(Uint8Array, keys.length - start);
      for (const [i, key] of keys.slice(start).entries())
        [frequencies[i], lengths[i]] = [Math.floor(key / 256), key % 256];
      return { frequencies, lengths };
    },
  };
}

function grown<T extends Uint32Array | Float64Array>(type: new (length: number) => T, array: T, atLeast: number): T {
  const larger = new type(Math.max(atLeast, array.length * 2));
  larger.set(array);
  return larger;
}
