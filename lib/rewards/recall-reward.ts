import type { Answer, Fault, QueryRule } from "../prompts/answer";
import { type Tiers, recallTiers, tieredReward } from "./tiers";

/** What a rewrite is worth when recall is the goal, as numbers. */
export interface RecallProfile {
  readonly query: QueryRule; // which answers are searched at all
  readonly format: number; // for a turn that could be read, on top of its tier
  readonly tiers: Tiers;
  readonly faults: Readonly<Record<Fault, number>>; // the whole reward of a turn that could not
}

/**
 * `safe` is the default. `reference` is DeepRetrieval's `reward_score/{pubmed,ctgov,pmd_no_reason}.py` to the
 * bit, with its loophole: an empty `<answer></answer>` is never searched and still keeps its format bonus,
 * +1, more than an honest query that finds 4 % (−2.5). In `safe` an empty answer or a blank query earns what
 * bad JSON earns: neither holds a query. Both score recall alike: 6 from 70 % on, −2.5 below 5 %.
 */
export const recallProfiles = {
  safe: { query: "filled", format: 1, tiers: recallTiers, faults: { structure: -4, json: -3, query: -3, empty: -3 } },
  reference: { query: "string", format: 1, tiers: recallTiers, faults: { structure: -4, json: -3, query: -3, empty: 1 } },
} as const satisfies Record<string, RecallProfile>;

export type RecallProfileName = keyof typeof recallProfiles;

/** Reward of `answer`, whose query reached `recall` ∈ [0, 1]; a malformed answer has none to give. */
export function recallReward(answer: Answer, recall: number | undefined, profile: RecallProfileName = "safe"): number {
  const { faults, format, tiers } = recallProfiles[profile];
  if (answer.kind === "malformed") return faults[answer.fault];
  if (recall === undefined) {
    throw new TypeError(`recallReward: no recall for the query ${JSON.stringify(answer.query)}. Search it first; an outage is an exception, never a reward.`);
  }
  return format + tieredReward(recall, tiers);
}
