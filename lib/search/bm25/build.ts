import { CorruptData, throwIfAborted } from "../../core/errors";
import { termOf } from "./analyzer";
import { dictionary } from "./dictionary";
import { forward } from "./forward";
import type { Postings } from "./postings";
import { pack } from "./strings";
import { wordTable } from "./word-table";
import { words } from "./words";

/** What is searched: `contents` is all of its text. */
export interface SearchDocument {
  readonly id: string;
  readonly contents: string;
}

/** How far an indexing is. */
export interface IndexProgress {
  readonly documents: number;
  readonly postings: number;
  readonly seconds: number;
}

export interface BuildOptions {
  readonly onProgress?: (progress: IndexProgress) => void; // after every 10,000 documents, and at the end
  readonly signal?: AbortSignal;
}

const pairsAtMost = 2 ** 16;
const stop = -1;

/**
 * Indexes `documents`, one after the other; they are not kept. Takes about 12 bytes a posting while it works.
 * Throws CorruptData for two documents with one id, RangeError where documents differ too wildly for 65,536 pairs of
 * frequency and length, Interrupted.
 */
export async function buildPostings(documents: Iterable<SearchDocument> | AsyncIterable<SearchDocument>, { onProgress, signal }: BuildOptions = {}): Promise<Postings> {
  const began = performance.now();
  const ids: string[] = [];
  const terms = new Map<string, number>(); // numbered as they come
  const termAt = wordTable((word) => {
    const term = termOf(word);
    const known = term === "" ? stop : terms.get(term);
    if (known === undefined) terms.set(term, terms.size);
    return known ?? terms.size - 1;
  });
  const index = forward(pairsAtMost);
  const report = (): void => onProgress?.({ documents: ids.length, postings: index.size, seconds: (performance.now() - began) / 1000 });
  for await (const { id, contents } of documents) {
    throwIfAborted(signal, "indexing");
    ids.push(id);
    words(contents, (start, end) => {
      const term = termAt(contents, start, end);
      if (term !== stop) index.add(term);
    });
    index.endDocument(id);
    if (ids.length % 10_000 === 0) report();
  }
  const order = byCodePoint(ids);
  for (let i = 1; i < order.length; i++) {
    if (ids[order[i]!] === ids[order[i - 1]!]) throw new CorruptData("corpus", `two documents have the id ${JSON.stringify(ids[order[i]!])}, numbers ${order[i - 1]! + 1} and ${order[i]! + 1}`, "An id names one document: remove or rename one");
  }
  const inverted = index.invert(order, terms.size);
  report();
  return { documents: ids.length, ids: pack(ids, order), terms: dictionary([...terms.keys()]), ...inverted };
}

/** The places of `ids` in the order of their code points, which is that of their UTF-8 bytes. */
function byCodePoint(ids: readonly string[]): Uint32Array {
  const order = Uint32Array.from(ids, (_, i) => i);
  const plain = ids.every((id) => !/[\ud800-\udfff]/.test(id)); // else UTF-16 units would order differently
  const before = plain ? (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0) : (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return order.sort((i, j) => before(ids[i]!, ids[j]!) || i - j);
}
