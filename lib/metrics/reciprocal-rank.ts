import type { Hit, Judgments } from "../core/records";
import { type Metric, cutoff } from "./metric";

/** One over the rank of the first relevant hit among the first `k`, 0 if there is none. */
export function reciprocal(hits: readonly Hit[], judgments: Judgments, k = Infinity): number {
  const above = hits.findIndex((hit) => (judgments[hit.docId] ?? 0) > 0);
  return above < 0 || above >= k ? 0 : 1 / (above + 1);
}

/** Over the whole ranking. TREC `recip_rank`: "RR". */
export const reciprocalRank: Metric = { name: "RR", measure: (hits, judgments) => reciprocal(hits, judgments) };

/** `reciprocalRankAt(10)` as a column of a report: "RR@10", MS MARCO's measure. */
export function reciprocalRankAt(k: number): Metric {
  cutoff("reciprocalRankAt", k);
  return { name: `RR@${k}`, measure: (hits, judgments) => reciprocal(hits, judgments, k) };
}
