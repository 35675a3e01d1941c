import type { Hit, Judgments } from "../core/records";
import { type Metric, cutoff } from "./metric";

/** Relevant hits among the first `k`, over `k`, in [0, 1]. TREC `P_k`: a short list is divided by `k` too. */
export function precision(hits: readonly Hit[], judgments: Judgments, k: number): number {
  const found = new Set(hits.slice(0, k).map((hit) => hit.docId));
  return [...found].filter((docId) => (judgments[docId] ?? 0) > 0).length / k;
}

/** `precisionAt(10)` as a column of a report: "P@10". */
export function precisionAt(k: number): Metric {
  if (cutoff("precisionAt", k) === Infinity)
    throw new RangeError("precisionAt: k is Infinity; a precision needs a cut-off, such as 10.");
  return { name: `P@${k}`, measure: (hits, judgments) => precision(hits, judgments, k) };
}
