import type { Hit, Judgments } from "../core/records";
import { type Metric, cutoff } from "./metric";

/**
 * Fraction of the relevant documents found in the first `k` hits, in [0, 1]. TREC `recall_k`.
 *
 * Without any relevant document it is 0. A document counts once, however often it is listed.
 */
export function recall(hits: readonly Hit[], judgments: Judgments, k = Infinity): number {
  const relevant = Object.keys(judgments).filter((docId) => judgments[docId]! > 0);
  if (relevant.length === 0) return 0;
  const found = new Set(hits.slice(0, k).map((hit) => hit.docId));
  return relevant.filter((docId) => found.has(docId)).length / relevant.length;
}

/** `recallAt(3000)` as a column of a report: "R@3000". */
export function recallAt(k: number): Metric {
  cutoff("recallAt", k);
  return { name: `R@${k}`, measure: (hits, judgments) => recall(hits, judgments, k) };
}

/** Recall over all hits that a search returned, up to the cut-off of its task: "SetR". */
export const setRecall: Metric = { name: "SetR", measure: (hits, judgments) => recall(hits, judgments) };
