import type { Hit, Judgments } from "../core/records";
import { type Metric, cutoff } from "./metric";

/**
 * Normalised discounted cumulative gain of the first `k` hits, in [0, 1]. TREC `ndcg_cut_k`, and `ndcg` without a
 * cut-off.
 *
 *   DCG = Σᵢ gainᵢ / log₂(i + 1),   i = rank from 1,   nDCG = DCG / DCG of the best possible ranking
 *
 * A linear gain is the grade itself (Järvelin & Kekäläinen 2002, as trec_eval 9 has it: m_ndcg_cut.c), an exponential
 * one 2^grade − 1 (Burges et al. 2005, as learning to rank and Kaggle have it); they differ for grades above 1.
 * Grades of 0 and below gain nothing. Without any relevant document it is 0. A document counts once, at its first
 * place.
 */
export function ndcg(
  hits: readonly Hit[],
  judgments: Judgments,
  k = Infinity,
  { gain = "linear" }: NdcgOptions = {},
): number {
  const gainOf = gains[gain];
  const ideal = Object.values(judgments)
    .filter((grade) => grade > 0)
    .map(gainOf)
    .sort((a, b) => b - a);
  if (ideal.length === 0) return 0;
  const seen = new Set<string>();
  const gained = hits
    .slice(0, k)
    .map(({ docId }) => (seen.has(docId) ? 0 : (seen.add(docId), gainOf(Math.max(0, judgments[docId] ?? 0)))));
  return discounted(gained) / discounted(ideal.slice(0, k));
}

/** Settings of nDCG. */
export interface NdcgOptions {
  readonly gain?: "linear" | "exponential";
}

const gains = { linear: (grade: number) => grade, exponential: (grade: number) => 2 ** grade - 1 } as const;

/**
 * `ndcgAt(10)` as a column of a report: "nDCG@10"; `ndcgAt(Infinity)`, over the whole ranking, is "nDCG". The one with
 * an exponential gain is called "nDCG(dcg='exp-log2')@10", as ir_measures has it.
 */
export function ndcgAt(k: number, options: NdcgOptions = {}): Metric {
  cutoff("ndcgAt", k);
  const name = options.gain === "exponential" ? "nDCG(dcg='exp-log2')" : "nDCG";
  return {
    name: k === Infinity ? name : `${name}@${k}`,
    measure: (hits, judgments) => ndcg(hits, judgments, k, options),
  };
}

const discounted = (gained: readonly number[]): number =>
  gained.reduce((sum, gain, i) => (gain > 0 ? sum + gain / Math.log2(i + 2) : sum), 0);
