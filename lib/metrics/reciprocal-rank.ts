import type { Metric } from "./metric";

/** One over the rank of the first relevant hit, 0 if there is none. TREC `recip_rank`: "RR". */
export const reciprocalRank: Metric = {
  name: "RR",
  measure(hits, judgments) {
    const above = hits.findIndex((hit) => (judgments[hit.docId] ?? 0) > 0);
    return above < 0 ? 0 : 1 / (above + 1);
  },
};
