import type { Score } from "../core/records";
import {
  engineWarnings,
  formatErrors,
  measureComponent,
  type RewardComponents,
  shareComponent,
} from "../core/reward-components";
import type { Family } from "../rewards/families";
import type { RecallReward } from "../rewards/recall-choice";
import { shownRanks } from "../rewards/rank-reward";

/**
 * What training logs of a family's scores: its measures, the shares of completions that reached each tier as
 * DeepRetrieval's trainer logs them (`compute_reward_metrics_search_engine`), and what is logged for every task.
 *
 * @param k hits looked at
 * @param reward of the recall family: all but the tiers log what a query costs, too
 */
export function familyComponents(family: Family, k: number, reward: RecallReward = "tiers"): RewardComponents {
  return {
    ...(measures[family.kind] as (family: Family, k: number) => RewardComponents)(family, k),
    ...(family.kind === "recall" && reward !== "tiers" && setComponents),
    ...formatErrors,
    wrong_answer_ratio: {
      ...shareComponent("Share of completions whose query ran and earned what the worst query earns.", (score) =>
        failed(family, k, score),
      ),
      trainingOnly: true,
    },
    ...engineWarnings,
  };
}

const setComponents: RewardComponents = {
  SetP: measureComponent("SetP", "Precision of the first k hits, in [0, 1]."),
  "SetF(beta=3)": measureComponent("SetF(beta=3)", "F3 of the first k hits, in [0, 1]."),
  documents: measureComponent("documents", "Documents that match the query, before the cut at k."),
};

const measures: {
  readonly [Kind in Family["kind"]]: (family: Extract<Family, { kind: Kind }>, k: number) => RewardComponents;
} = {
  recall: ({ tiers }, k) => ({
    [`R@${k}`]: measureComponent(`R@${k}`, `Recall among the first ${k} hits, in [0, 1].`),
    ...Object.fromEntries(
      tiers
        .filter(([atLeast]) => atLeast > 0)
        .map(([atLeast]) => [
          `${Math.round(100 * atLeast)}_recall_ratio`,
          {
            ...shareComponent(
              `Share of completions with a recall of ${atLeast} or more.`,
              (score) => valueOf(score, `R@${k}`) >= atLeast,
            ),
            trainingOnly: true,
          },
        ]),
    ),
  }),
  rank: (_, k) => ({
    ...Object.fromEntries(
      shownRanks
        .filter((at) => at <= k)
        .map((at) => [
          `Success@${at}`,
          measureComponent(`Success@${at}`, `Share of completions with an answer in the first ${at} passages.`),
        ]),
    ),
    [`RR@${k}`]: measureComponent(`RR@${k}`, `Reciprocal rank of the first passage with an answer, in [0, 1].`),
  }),
  ndcg: (_, k) => ({ [`nDCG@${k}`]: measureComponent(`nDCG@${k}`, `nDCG of the first ${k} hits, in [0, 1].`) }),
  execution: () => ({
    EX: measureComponent("EX", "Share of completions whose query returns the rows of the gold query."),
    executed: measureComponent("executed", "Share of completions whose query ran to its end."),
  }),
};

/** Whether a query ran and reached nothing: the last tier, no relevant hit, other rows than the gold query's. */
function failed(family: Family, k: number, score: Score): boolean {
  if (score.kind === "malformed") return false;
  switch (family.kind) {
    case "recall":
      return valueOf(score, `R@${k}`) < family.tiers.at(-2)![0];
    case "rank":
      return valueOf(score, `RR@${k}`) === 0;
    case "ndcg":
      return valueOf(score, `nDCG@${k}`) === 0;
    case "execution":
      return valueOf(score, "EX") === 0;
  }
}

const valueOf = (score: Score, name: string): number =>
  score.kind === "scored" ? (score.measures[name] ?? 0) : Number.NEGATIVE_INFINITY;
