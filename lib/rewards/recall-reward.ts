import type { Measures, SearchResult } from "../core/records";
import type { ProfileName, RecallFamily } from "./families";
import { type GoldDocuments, relevant } from "./gold";
import { tieredReward } from "./tiers";

/** The reward of a query, and the measures that it follows from. `note` says what is odd about the gold. */
export interface QueryReward {
  readonly reward: number;
  readonly measures: Measures;
  readonly note?: string;
}

export interface RecallRules {
  readonly family: RecallFamily;
  readonly k?: number; // hits that count, instead of the family's
  readonly profile: ProfileName;
}

/**
 * Reward of a search for as many of the gold documents as can be: the form plus the tier of recall@k.
 *
 * A label that is listed twice counts once; in `reference` it is divided by twice, as `len(label)` has it, and an
 * empty list earns what an exception earns there (`ZeroDivisionError`). Source: reward_score/{pubmed,ctgov,pmd_no_reason}.py.
 */
export function recallReward(
  { hits }: Pick<SearchResult, "hits">,
  gold: GoldDocuments,
  rules: RecallRules,
): QueryReward {
  const labels = relevant(gold);
  const found = new Set<string>();
  for (const { docId } of hits.slice(0, rules.k ?? rules.family.k)) if (labels.has(docId)) found.add(docId);
  return countedRecallReward(found.size, gold, rules);
}

/** The same where an engine has counted: `found` of the gold documents are among the first `k` hits. */
export function countedRecallReward(
  found: number,
  gold: GoldDocuments,
  { family, k = family.k, profile }: RecallRules,
): QueryReward {
  const size = profile === "reference" ? gold.ids.length : relevant(gold).size;
  if (size === 0)
    return { reward: family.outage, measures: { [`R@${k}`]: 0 }, note: "there are no labels: recall is 0/0" };
  const recall = found / size;
  return { reward: family.form + tieredReward(recall, family.tiers), measures: { [`R@${k}`]: recall } };
}
