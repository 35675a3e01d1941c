import type { Hit, Judgments } from "../core/records";
import { type Metric, cutoff } from "./metric";

/**
 * Normalised discounted cumulative gain of the first `k` hits, in [0, 1]. TREC `ndcg_cut_k`, and `ndcg` without a cut-off.
 *
 *   DCG = Σᵢ gainᵢ / log₂(i + 1),   i = rank from 1,   nDCG = DCG / DCG of the best possible ranking
 *
 * The gain is the grade itself; grades of 0 and below gain nothing (Järvelin & Kekäläinen 2002, as trec_eval 9 has it:
 * m_ndcg_cut.c). Without any relevant document it is 0. A document counts once, at its first place.
 */
export function ndcg(hits: readonly Hit[], judgments: Judgments, k = Infinity): number {
  const ideal = Object.values(judgments).filter((grade) => grade > 0).sort((a, b) => b - a);
  if (ideal.length === 0) return 0;
  const seen = new Set<string>();
  const gains = hits.slice(0, k).map(({ docId }) => (seen.has(docId) ? 0 : (seen.add(docId), Math.max(0, judgments[docId] ?? 0))));
  return discounted(gains) / discounted(ideal.slice(0, k));
}

/** `ndcgAt(10)` as a column of a report: "nDCG@10". `ndcgAt(Infinity)`, over the whole ranking, is "nDCG". */
export function ndcgAt(k: number): Metric {
  cutoff("ndcgAt", k);
  return { name: k === Infinity ? "nDCG" : `nDCG@${k}`, measure: (hits, judgments) => ndcg(hits, judgments, k) };
}

const discounted = (gains: readonly number[]): number => gains.reduce((sum, gain, i) => (gain > 0 ? sum + gain / Math.log2(i + 2) : sum), 0);
