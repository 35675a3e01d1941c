import type { Documents } from "../../../core/documents";
import { dictionary } from "../postings/dictionary";
import { idOrder, nothingKnown, readDocuments, type BuildOptions, type Known } from "./indexing";
import type { Forward } from "./forward";
import type { Postings } from "../postings/postings";
import { pack } from "../postings/strings";

/**
 * Indexes `documents` in memory. It needs about 12 bytes for each posting while it works.
 *
 * Throws CorruptData for two documents with one id; RangeError for documents with more than 65,536 different pairs of
 * term frequency and document length; Interrupted.
 */
export async function buildPostings(
  documents: Documents,
  { onProgress, signal }: BuildOptions = {},
): Promise<Postings> {
  const began = performance.now();
  const known = nothingKnown();
  const report = (postings: number, merged: number): void =>
    onProgress?.({ documents: known.ids.length, postings, merged, seconds: (performance.now() - began) / 1000 });
  const part = await readDocuments(documents, known, {
    signal,
    onDocument: ({ size }) => known.ids.length % 10_000 === 0 && report(size, 0),
  });
  const { size } = part;
  const postings = invertedWhole(known, part);
  report(size, size);
  return postings;
}

/** The index of documents whose postings are all in memory. Frees these postings. */
export function invertedWhole(known: Known, part: Forward): Postings {
  const { documents, counted, tokens } = part;
  const order = idOrder(known.ids);
  return { documents, counted, tokens, ...part.invert(order, known.terms.size), ...vocabulary(known, order) };
}

/** The part of an index about documents, terms and pairs. */
export const vocabulary = (
  { ids, terms, pairs }: Known,
  order: Uint32Array,
): Pick<Postings, "ids" | "terms" | "frequencies" | "lengths"> => ({
  ids: pack(ids, order),
  terms: dictionary([...terms.keys()]),
  ...pairs.tables(),
});
