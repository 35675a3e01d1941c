import type { Judgments, SearchResult } from "../core/records";
import { ndcg } from "../metrics/ndcg";
import type { NdcgFamily, ProfileName } from "./families";
import { type GoldDocuments, relevant } from "./gold";
import type { QueryReward } from "./recall-reward";

/**
 * Reward of a ranking: 0.1 + nDCG@k, or 0 where none of the first k hits is relevant.
 * Source: reward_score/{scifact,nfcorpus,fever,hotpotqa,fiqa,msmarco_beir,msmarco}.py and reward_score_dense/.
 */
export function ndcgReward(
  { hits }: Pick<SearchResult, "hits">,
  gold: GoldDocuments,
  {
    family,
    k = family.k,
    profile,
  }: { readonly family: NdcgFamily; readonly k?: number; readonly profile: ProfileName },
): QueryReward {
  const value = profile === "reference" ? storedNdcg(hits, gold, k) : ndcg(hits, judgments(gold), k);
  return { reward: value > 0 ? family.form + value : 0, measures: { [`nDCG@${k}`]: value } };
}

/** The gold as judgments, in a record without inherited names: a document may be called "constructor". */
function judgments(gold: GoldDocuments): Judgments {
  const record = Object.create(null) as Record<string, number>;
  for (const [id, grade] of relevant(gold)) record[id] = grade;
  return record;
}

/**
 * nDCG as DeepRetrieval computes it (`src/Lucene/utils.py`): the ideal ranking is the gold list in its stored order,
 * so that grades [1, 2] make values above 1 possible, and a document that is retrieved twice gains twice.
 */
export function storedNdcg(hits: SearchResult["hits"], { ids, grades }: GoldDocuments, k: number): number {
  const grade = new Map<string, number>();
  for (const [i, id] of ids.entries()) if (!grade.has(id)) grade.set(id, grades[i]!);
  const ideal = discounted(grades.slice(0, k));
  return ideal === 0 ? 0 : discounted(hits.slice(0, k).map(({ docId }) => grade.get(docId) ?? 0)) / ideal;
}

/** Σᵢ gainᵢ / log₂(i + 1), i = rank from 1. */
const discounted = (gains: readonly number[]): number =>
  gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
