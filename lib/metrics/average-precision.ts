import type { Hit, Judgments } from "../core/records";
import { type Metric, cutoff } from "./metric";

/**
 * Precision at the rank of each relevant document, averaged over all relevant documents, in [0, 1]; those not among the
 * first `k` hits add 0. TREC `map_cut_k`, and `map` without a cut-off, of one query.
 *
 * Without any relevant document it is 0. A document counts once, at its first place.
 */
export function averagePrecision(hits: readonly Hit[], judgments: Judgments, k = Infinity): number {
  const relevant = Object.values(judgments).filter((grade) => grade > 0).length;
  if (relevant === 0) return 0;
  const found = new Set<string>();
  let sum = 0;
  for (const [i, { docId }] of hits.slice(0, k).entries()) {
    if (!((judgments[docId] ?? 0) > 0) || found.has(docId)) continue;
    found.add(docId);
    sum += found.size / (i + 1);
  }
  return sum / relevant;
}

/**
 * `averagePrecisionAt(1000)` as a column of a report: "AP@1000". `averagePrecisionAt(Infinity)`, over the whole
 * ranking, is "AP".
 */
export function averagePrecisionAt(k: number): Metric {
  cutoff("averagePrecisionAt", k);
  return {
    name: k === Infinity ? "AP" : `AP@${k}`,
    measure: (hits, judgments) => averagePrecision(hits, judgments, k),
  };
}
