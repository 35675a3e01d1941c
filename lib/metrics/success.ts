import { type Metric, cutoff } from "./metric";

/**
 * 1 if any of the first `k` hits is relevant, else 0: "Success@20". TREC `success_k`; papers on question answering
 * call it Hits@k, top-k accuracy or, confusingly, recall@k.
 */
export function successAt(k: number): Metric {
  cutoff("successAt", k);
  return {
    name: `Success@${k}`,
    measure: (hits, judgments) => (hits.slice(0, k).some(({ docId }) => (judgments[docId] ?? 0) > 0) ? 1 : 0),
  };
}

/**
 * `successAt(20)` under the name that papers on open questions give it, "Hits@20": 1 if any of the first `k` passages
 * holds an answer, else 0.
 */
export const hitsAt = (k: number): Metric => ({ ...successAt(k), name: `Hits@${k}` });
