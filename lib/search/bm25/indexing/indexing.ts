import { setImmediate } from "node:timers/promises";
import type { Documents } from "../../../core/documents";
import { CorruptData, throwIfAborted } from "../../../core/errors";
import { termOf } from "../analysis/analyzer";
import { forward, pairNumbers, type Forward, type PairNumbers } from "./forward";
import { wordTable } from "../analysis/word-table";
import { words } from "../analysis/words";

/** How far an indexing is. */
export interface IndexProgress {
  readonly documents: number;
  readonly postings: number;
  readonly seconds: number;
  /** postings that are in their final order: all of the work that is left once the documents are read */
  readonly merged: number;
}

export interface BuildOptions {
  /** after every 10,000 documents, after every range of merged terms, and at the end */
  readonly onProgress?: (progress: IndexProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What indexing remembers of the documents that it has read, besides their postings. Grows. */
export interface Known {
  readonly ids: string[];
  readonly terms: Map<string, number>; // numbered as they come
  readonly pairs: PairNumbers;
}

const pairsAtMost = 2 ** 16;
const stop = -1;
const breath = 1000; // documents after which signals and timers have their turn

export const nothingKnown = (): Known => ({ ids: [], terms: new Map(), pairs: pairNumbers(pairsAtMost) });

/**
 * Reads documents, one after the other; they are not kept. Whenever `atMost` postings have come together, `full` gets
 * them, and the next ones start anew. Returns the last ones. `onDocument` hears how many documents there are.
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
    if (ids.length % breath === 0) await setImmediate();
  }
  return part;
}

/**
 * The places of `ids` in the order of their code points, which is that of their UTF-8 bytes.
 * Throws CorruptData for two that are equal.
 */
export function idOrder(ids: readonly string[]): Uint32Array {
  const order = Uint32Array.from(ids, (_, i) => i);
  const plain = ids.every((id) => !/[\ud800-\udfff]/.test(id)); // else UTF-16 units would order differently
  const before = plain
    ? (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
    : (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  order.sort((i, j) => before(ids[i]!, ids[j]!) || i - j);
  for (let i = 1; i < order.length; i++) {
    if (ids[order[i]!] === ids[order[i - 1]!])
      throw new CorruptData(
        "corpus",
        `two documents have the id ${JSON.stringify(ids[order[i]!])}, numbers ${order[i - 1]! + 1} and ${order[i]! + 1}`,
        "An id names one document: remove or rename one",
      );
  }
  return order;
}
