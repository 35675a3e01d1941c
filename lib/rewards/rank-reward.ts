import type { SearchResult } from "../core/records";
import { type Span, answerMatcher } from "../metrics/answer-span";
import type { ProfileName, RankFamily } from "./families";
import type { GoldAnswers } from "./gold";
import type { QueryReward } from "./recall-reward";
import { rankedReward } from "./tiers";

/** The passage `docId`, ready for comparison. */
export type Spans = (docId: string) => Span | Promise<Span>;

/** The cut-offs that papers print. */
export const shownRanks = [1, 5, 20, 100];

/**
 * Reward of a search for a passage that holds an answer: the form plus the tier of the first such passage's rank
 * among the first k. Source: reward_score/{nq_serini,triviaqa,squad}.py and their no_reason variants.
 *
 * An answer without a word in it is left out; in `reference` it stands in every passage, as it does there.
 */
export async function rankReward(
  { hits }: Pick<SearchResult, "hits">,
  { answers }: GoldAnswers,
  spans: Spans,
  {
    family,
    k = family.k,
    profile,
  }: { readonly family: RankFamily; readonly k?: number; readonly profile: ProfileName },
): Promise<QueryReward> {
  const matches = answerMatcher(answers, { dropEmpty: profile === "safe" });
  let rank = Infinity;
  for (let i = 0; i < hits.length && i < k; i++) {
    const span = spans(hits[i]!.docId);
    if (!matches("bits" in span ? span : await span)) continue;
    rank = i + 1;
    break;
  }
  const measures = Object.fromEntries([
    ...shownRanks.filter((at) => at <= k).map((at) => [`Success@${at}`, rank <= at ? 1 : 0]),
    [`RR@${k}`, 1 / rank],
  ]);
  return { reward: family.form + rankedReward(rank, family.tiers), measures };
}
