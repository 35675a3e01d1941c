import type { Measures, Recall, SearchResult } from "../core/records";
import type { ProfileName, RecallFamily } from "./families";
import { type GoldDocuments, relevant } from "./gold";
import { chosenReward, fBeta, type RecallCounts, type RecallReward, setPrecision } from "./recall-choice";

/** The reward of a query, and the measures that it follows from. `note` says what is odd about the gold. */
export interface QueryReward {
  readonly reward: number;
  readonly measures: Measures;
  readonly note?: string;
}

interface RecallRules {
  readonly family: RecallFamily;
  readonly k?: number | undefined; // hits that count, instead of the family's
  readonly profile: ProfileName;
  readonly reward?: RecallReward | undefined; // "tiers" if absent
}

/**
 * Reward of a search for as many of the gold documents as can be: the form plus the tier of recall@k, or what `reward`
 * says.
 *
 * A label that is listed twice counts once; in `reference` it is divided by twice, as `len(label)` has it, and an
 * empty list earns what an exception earns there (`ZeroDivisionError`). Source:
 * reward_score/{pubmed,ctgov,pmd_no_reason}.py.
 */
export function recallReward(
  { hits, total = hits.length }: Pick<SearchResult, "hits"> & Partial<Pick<SearchResult, "total">>,
  gold: GoldDocuments,
  rules: RecallRules,
): QueryReward {
  const labels = relevant(gold);
  const found = new Set<string>();
  for (const { docId } of hits.slice(0, rules.k ?? rules.family.k)) if (labels.has(docId)) found.add(docId);
  return countedRecallReward({ found: found.size, total: Math.max(total, hits.length) }, gold, rules);
}

/** The same where an engine has counted: `found` of the gold documents are among the first `k` of `total` matches. */
export function countedRecallReward(
  { found, total }: Pick<Recall, "found" | "total">,
  gold: GoldDocuments,
  { family, k = family.k, profile, reward = "tiers" }: RecallRules,
): QueryReward {
  const size = profile === "reference" ? gold.ids.length : relevant(gold).size;
  if (size === 0)
    return { reward: family.outage, measures: { [`R@${k}`]: 0 }, note: "there are no labels: recall is 0/0" };
  const counts = { found, relevant: size, hits: Math.min(k, total), documents: total };
  return {
    reward: chosenReward(reward, counts, family.form, family.tiers),
    measures: { [`R@${k}`]: found / size, ...(reward !== "tiers" && setMeasures(counts)) },
  };
}

/** What tells a query that finds much from one that matches everything. */
function setMeasures(counts: RecallCounts): Measures {
  const precision = setPrecision(counts);
  return {
    SetP: precision,
    "SetF(beta=3)": fBeta(precision, counts.found / counts.relevant, 3),
    documents: counts.documents,
  };
}
