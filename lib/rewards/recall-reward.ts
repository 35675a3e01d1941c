import type { Measures, SearchResult } from "../core/records";
import type { ProfileName, RecallFamily } from "./families";
import { type GoldDocuments, relevant } from "./gold";
import { tieredReward } from "./tiers";

/** What a query earned and the measures it earned it by; `note` says what was odd about the gold. */
export interface Earned {
  readonly reward: number;
  readonly measures: Measures;
  readonly note?: string;
}

/**
 * Reward of a search for as many of the gold documents as can be: the form plus the tier of recall@k.
 *
 * A label that is listed twice counts once; in `reference` it is divided by twice, as `len(label)` has it, and an
 * empty list earns what an exception earns there (`ZeroDivisionError`). Source: reward_score/{pubmed,ctgov,pmd_no_reason}.py.
 */
export function recallReward({ hits }: Pick<SearchResult, "hits">, gold: GoldDocuments, { family, k = family.k, profile }: { readonly family: RecallFamily; readonly k?: number; readonly profile: ProfileName }): Earned {
  const labels = relevant(gold);
  const size = profile === "reference" ? gold.ids.length : labels.size;
  if (size === 0) return { reward: family.outage, measures: {}, note: "there are no labels: recall is 0/0" };
  const found = new Set<string>();
  for (const { docId } of hits.slice(0, k)) if (labels.has(docId)) found.add(docId);
  const recall = found.size / size;
  return { reward: family.form + tieredReward(recall, family.tiers), measures: { [`R@${k}`]: recall } };
}
