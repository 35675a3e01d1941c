import { memo } from "../../../core/memo";
import type { List } from "../postings/list";

const frequent = 32; // a list gets a table if at least one document in so many is in it
const keptBytes = 2 ** 28;

/**
 * The documents of a list and their places in it. There are two numbers for 32 documents: their bits, and the posting
 * of the first one.
 */
export type LookUp = Int32Array;

/**
 * Makes tables of frequent terms when they are needed. A table takes a quarter of a byte for each document. Tables that
 * were used last are kept.
 */
export function lookUps(documents: number): (list: List) => LookUp | undefined {
  const kept = memo<number, LookUp>({ most: keptBytes, weightOf: ({ byteLength }) => byteLength });
  return ({ term, docs, start, end }) =>
    (end - start) * frequent < documents
      ? undefined
      : kept.getOrCompute(term, () => lookUpOf(docs, start, end, documents));
}

function lookUpOf(docs: Int32Array, start: number, end: number, documents: number): LookUp {
  const table = new Int32Array(2 * Math.ceil(documents / 32));
  let at = start;
  for (let block = 0; block < table.length; block += 2) {
    const limit = (block + 2) * 16;
    table[block + 1] = at;
    let bits = 0;
    for (; at < end && docs[at]! < limit; at++) bits |= 1 << docs[at]!;
    table[block] = bits;
  }
  return table;
}

/** The posting of a document; −1 if the list does not have it. */
export function postingOf(table: LookUp, doc: number): number {
  const block = (doc >>> 5) * 2;
  const bits = table[block]!;
  if ((bits & (1 << doc)) === 0) return -1;
  return table[block + 1]! + ones(bits & ((1 << doc) - 1));
}

/** The number of bits that are set. */
function ones(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
