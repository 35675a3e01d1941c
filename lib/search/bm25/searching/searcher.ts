import type { List } from "../postings/list";
import type { Collection, PostingList, PostingLists, Postings } from "../postings/postings";
import { TopK } from "./top-k";
import { contribution, saturations, termWeight, type Bm25Parameters } from "./weights";
import { windows } from "./windows";

/** Document numbers and their scores, best first. */
export interface Ranking {
  readonly docs: Uint32Array; // [hits]
  readonly scores: Float32Array; // [hits]
  readonly total: number; // documents that match for certain; more may match
}

/** Ranks documents for terms, which are given by number and may repeat. A term that no document has is −1. */
type Searcher = (terms: readonly number[], k: number) => Ranking;

const sampled = 32; // one window in so many belongs to the sample

/**
 * BM25 as Lucene computes it, in the same float32 steps, so that scores are equal bit for bit:
 *
 *   score(q, d) = Σ_t n·idf(t) · (1 − 1 / (1 + f / K)),   K = k1·(1 − b + b·|d| / avgdl),
 *   idf(t) = ln(1 + (N − df + ½) / (df + ½))
 *
 * n is how often t is in the query, f how often it is in the document, and |d| the document's length rounded to one
 * byte. The sum is in double precision and rounded once. The top k is exact: documents that are left out cannot be in
 * it (windows.ts).
 */
export function searcher(
  collection: Collection | Postings,
  postings: PostingLists,
  parameters: Bm25Parameters,
): Searcher {
  const saturation = saturations(collection, parameters); // [pairs]
  // [V] greatest saturation among the postings of a term; 0 before it is computed
  const greatest = new Float32Array(collection.starts.length - 1);
  const scan = windows(collection.documents, saturation, "docs" in collection ? collection : undefined);
  const top = new TopK();

  const greatestOf = (term: number, list: PostingList): number => {
    if (greatest[term] === 0) greatest[term] = greatestAmong(saturation, list);
    return greatest[term]!;
  };

  /** The lists of the query's terms, in ascending order of their bounds. */
  const listsOf = (terms: readonly number[]): List[] => {
    const times = new Map<number, number>();
    for (const term of terms) if (term >= 0) times.set(term, (times.get(term) ?? 0) + 1);
    const lists: List[] = [];
    for (const [term, count] of times) {
      const list = postings(term);
      const weight = termWeight(collection.counted, list.end - list.start, count);
      const { docs, pairs, start, end } = list; // no spread: it costs as much as a search of a small collection
      lists.push({ docs, pairs, start, end, term, weight, bound: contribution(weight, greatestOf(term, list)) });
    }
    return lists.sort((a, b) => a.bound - b.bound || a.term - b.term);
  };

  /**
   * A score that the k-th best document very probably reaches, from a sample of the documents; 0 where a sample costs
   * too much.
   */
  const guess = (lists: readonly List[], k: number, most: number, total: number): number => {
    if (k < 100 || total < 16 * k) return 0;
    const expected = k / sampled;
    const rank = Math.ceil(expected + 4 * Math.sqrt(expected)); // four standard deviations
    top.begin(rank, most);
    scan(lists, top, sampled);
    return top.size < rank ? 0 : top.threshold;
  };

  return (terms, k) => {
    const lists = listsOf(terms);
    let [most, total, longest] = [0, 0, 0];
    for (const { start, end, bound } of lists)
      [most, total, longest] = [most + bound, total + end - start, Math.max(longest, end - start)];
    const least = guess(lists, k, most, total);
    top.begin(k, most, least);
    scan(lists, top);
    if (least > 0 && top.size < k) {
      top.begin(k, most);
      scan(lists, top);
    }
    return { ...top.ranked(), total: longest };
  };
}

function greatestAmong(saturation: Float32Array, { pairs, start, end }: PostingList): number {
  let greatest = 0;
  for (let i = start; i < end; i++) if (saturation[pairs[i]!]! > greatest) greatest = saturation[pairs[i]!]!;
  return greatest;
}
