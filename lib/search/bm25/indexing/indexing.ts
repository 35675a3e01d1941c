import { setImmediate } from "node:timers/promises";
import type { Documents } from "../../../core/documents";
import { CorruptData, throwIfAborted } from "../../../core/errors";
import { termOf } from "../analysis/analyzer";
import { forward, pairNumbers, type Forward, type PairNumbers } from "./forward";
import { wordTable } from "../analysis/word-table";
import { words } from "../analysis/words";

/** The progress of an index build. */
export interface IndexProgress {
  readonly documents: number;
  readonly postings: number;
  readonly seconds: number;
  /**
   * Postings that are in their final order. Once the documents are read, the rest of the work is to bring all into it.
   */
  readonly merged: number;
}

/** Settings of building an index in memory. */
export interface BuildOptions {
  /** Is called after each 10,000 documents, after each range of merged terms, and at the end. */
  readonly onProgress?: (progress: IndexProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What is kept of the documents that were read, besides their postings. It grows. */
export interface Known {
  readonly ids: string[];
  readonly terms: Map<string, number>; // numbered in order of appearance
  readonly pairs: PairNumbers;
}

const pairsAtMost = 2 ** 16;
const stop = -1;
const documentsPerTurn = 1000; // documents between two moments at which signals and timers may run

export const nothingKnown = (): Known => ({ ids: [], terms: new Map(), pairs: pairNumbers(pairsAtMost) });

/**
 * Reads documents one after the other, without keeping them. When `atMost` postings have accumulated, `full` receives
 * them, and a new list begins. Returns the last list. `onDocument` is called with the number of documents.
 */
export async function readDocuments(
  documents: Documents,
  known: Known,
  {
    signal,
    onDocument,
    atMost = Infinity,
    full,
  }: {
    signal?: AbortSignal | undefined | undefined;
    onDocument: (part: Forward) => void;
    atMost?: number;
    full?: (part: Forward) => void;
  },
): Promise<Forward> {
  const { ids, terms, pairs } = known;
  const termAt = wordTable((word) => {
    const term = termOf(word);
    const number = term === "" ? stop : terms.get(term);
    if (number === undefined) terms.set(term, terms.size);
    return number ?? terms.size - 1;
  });
  let part = forward(pairs);
  for await (const { id, contents } of documents) {
    throwIfAborted(signal, "indexing");
    ids.push(id);
    words(contents, (start, end) => {
      const term = termAt(contents, start, end);
      if (term !== stop) part.add(term);
    });
    part.endDocument(id);
    onDocument(part);
    if (part.size >= atMost) {
      full!(part);
      part = forward(pairs);
    }
    if (ids.length % documentsPerTurn === 0) await setImmediate();
  }
  return part;
}

/**
 * The order of `ids` by code point, which is the order of their UTF-8 bytes, as indexes into `ids`. Throws CorruptData
 * for two equal ids.
 */
export function idOrder(ids: readonly string[]): Uint32Array {
  const order = Uint32Array.from(ids, (_, i) => i);
  // the order of UTF-16 units differs from it only for surrogates
  const plain = ids.every((id) => !/[\ud800-\udfff]/.test(id));
  const before = plain
    ? (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
    : (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  order.sort((i, j) => before(ids[i]!, ids[j]!) || i - j);
  for (let i = 1; i < order.length; i++) {
    if (ids[order[i]!] === ids[order[i - 1]!])
      throw new CorruptData(
        "corpus",
        `two documents have the id ${JSON.stringify(ids[order[i]!])}, ` +
          `numbers ${order[i - 1]! + 1} and ${order[i]! + 1}`,
        "An id names one document: remove or rename one",
      );
  }
  return order;
}
