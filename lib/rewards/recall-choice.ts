import { tieredReward, type Tiers } from "./tiers";

/**
 * What the reward of a search for many documents rises with:
 *
 *   tiers    DeepRetrieval's tiers of recall; they stop paying at a recall of .7
 *   recall   1 + 5·R: from 1, where nothing is found, to 6, where everything is
 *   Fβ       1 + 5·Fβ, Fβ = (1 + β²)·P·R / (β²·P + R): "F1", "F3"; a recall counts β times as much as a precision
 */
export type RecallRewardName = "tiers" | "recall" | `F${number}`;

/** A reward with a cost for each document that a query retrieves. */
export interface RecallRewardOptions {
  readonly of: RecallRewardName;
  /** reward units for each document that matches, whether or not it is among the first k; 0 if absent */
  readonly costPerDocument?: number;
}

/**
 * The reward of a recall task. Recall alone invites a query that matches everything, as AutoBool reports for Boolean
 * queries of systematic reviews: watch `SetP`, `SetF(beta=3)` and `documents`, which every reward but the tiers logs,
 * and choose "F3" or a cost where they go the wrong way. A cost takes a reward to −2.5 at the least, the tiers' lowest:
 * a query that runs is always worth more than a turn without one.
 */
export type RecallReward = RecallRewardName | RecallRewardOptions;

/** What one search came to. */
export interface RecallCounts {
  readonly found: number; // relevant documents among the first k hits
  readonly relevant: number; // relevant documents in all, 1 or more
  readonly hits: number; // hits among the first k
  readonly documents: number; // matches before the cut at k
}

/** Whether `value` can be a RecallReward. */
export function isRecallReward(value: unknown): value is RecallReward {
  if (typeof value === "string") return value === "tiers" || value === "recall" || betaOf(value) !== undefined;
  if (typeof value !== "object" || value === null) return false;
  const { of, costPerDocument = 0, ...others } = value as Partial<RecallRewardOptions>;
  return (
    typeof of === "string" &&
    isRecallReward(of) &&
    Number.isFinite(costPerDocument) &&
    costPerDocument >= 0 &&
    Object.keys(others).length === 0
  );
}

const betaOf = (name: string): number | undefined => {
  const beta = /^F(\d+(?:\.\d+)?)$/.exec(name)?.[1];
  return beta === undefined || Number(beta) === 0 ? undefined : Number(beta);
};

/** Fβ of a precision and a recall; 0 where both are 0. */
export function fBeta(precision: number, recall: number, beta: number): number {
  const weight = beta ** 2;
  return precision + recall === 0 ? 0 : ((1 + weight) * precision * recall) / (weight * precision + recall);
}

/** Precision of the first k hits, in [0, 1]; 0 where nothing is found. */
export const setPrecision = ({ found, hits }: RecallCounts): number => (hits === 0 ? 0 : found / hits);

const lowest = -2.5; // reward of the tiers' last row with the form's 1
const range = 5; // of the tiers above the form

/** Reward of `counts` under `choice`. `form` is what a turn that could be read earns. */
export function chosenReward(choice: RecallReward, counts: RecallCounts, form: number, tiers: Tiers): number {
  const { of, costPerDocument = 0 } = typeof choice === "string" ? { of: choice } : choice;
  const recall = counts.found / counts.relevant;
  const value =
    of === "tiers"
      ? tieredReward(recall, tiers)
      : range * (of === "recall" ? recall : fBeta(setPrecision(counts), recall, betaOf(of) ?? 1));
  const cost = costPerDocument * counts.documents;
  return cost === 0 ? form + value : Math.max(lowest, form + value - cost);
}
