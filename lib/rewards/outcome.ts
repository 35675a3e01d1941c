import type { Score } from "../core/records";
import type { Family } from "./families";

/**
 * A score, or the outage that prevented one. `reference` is the number that DeepRetrieval made of it: for parity, never
 * for a loss.
 */
export type RowOutcome = Score | { readonly kind: "outage"; readonly why: string; readonly reference: number };

/** The outcome of `score`. An engine that is down is an outcome here; every other error throws through. */
export async function outcomeOf(family: Family, score: () => Promise<Score>): Promise<RowOutcome> {
  try {
    return await score();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== "SearchUnavailable") throw error;
    return { kind: "outage", why: message, reference: family.outage };
  }
}

/**
 * A remark about an outcome: why there is no query or no reward, or what the engine dropped; "" for none.
 */
export const remark = (outcome: RowOutcome): string =>
  outcome.kind === "scored" ? (outcome.warnings ?? []).join("; ") : outcome.why;

/** What a batch came to, every mean with what it was divided by. */
export interface Tally {
  readonly rows: number;
  readonly scored: number;
  readonly malformed: number;
  readonly outage: number; // in no mean: these queries were not run
  readonly reward: Mean; // over scored and malformed
  readonly measures: Readonly<Record<string, Mean>>; // over the scored rows that have the measure
}

/** A mean, and over how many rewards it was taken. */
export interface Mean {
  readonly mean: number; // NaN over nothing
  readonly over: number; // rows
}

/** Counts and means of `outcomes`. */
export function tally(outcomes: readonly RowOutcome[]): Tally {
  const count = { scored: 0, malformed: 0, outage: 0 };
  const rewards: number[] = [];
  const values: Record<string, number[]> = {};
  for (const outcome of outcomes) {
    count[outcome.kind]++;
    if (outcome.kind !== "outage") rewards.push(outcome.reward);
    if (outcome.kind === "scored")
      for (const [name, value] of Object.entries(outcome.measures)) (values[name] ??= []).push(value);
  }
  return {
    rows: outcomes.length,
    ...count,
    reward: mean(rewards),
    measures: Object.fromEntries(Object.entries(values).map(([name, of]) => [name, mean(of)])),
  };
}

const mean = (values: readonly number[]): Mean => ({
  mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  over: values.length,
});
