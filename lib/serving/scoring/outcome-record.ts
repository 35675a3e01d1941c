import type { Measures } from "../../core/records";
import type { RewardOutcome } from "../../core/reward-outcome";
import { componentsOf, type ServedTask } from "./served-task";

/** What came of one completion, as JSON. Every outcome has all keys. */
export interface OutcomeRecord {
  readonly kind: RewardOutcome["kind"];
  readonly reward: number | null; // null for an outage alone
  /** what the task is about, such as recall: the first of its components */
  readonly score: number | null;
  readonly query: string | null; // that was run
  readonly why: string; // why there is no query, or no reward; "" for nothing
  readonly outage: { readonly cause: string; readonly engine: string } | null;
  readonly measures: Measures;
  /** the components of the reward, the same for every score of a task; null for an outage */
  readonly components: Readonly<Record<string, number>> | null;
  readonly warnings: readonly string[]; // what the engine dropped or repaired in the query
}

/** An outcome as JSON. */
export function outcomeRecord({ task }: ServedTask, outcome: RewardOutcome): OutcomeRecord {
  const { kind } = outcome;
  if (kind === "outage") {
    const { cause, engine, why } = outcome;
    return { ...nothing, kind, why, outage: { cause, engine } };
  }
  const components = componentsOf(task, outcome);
  const of = { ...nothing, kind, reward: outcome.reward, score: Object.values(components)[0] ?? null, components };
  if (kind === "malformed") return { ...of, why: outcome.why };
  const { query, measures, warnings = [] } = outcome;
  return { ...of, query, measures, warnings };
}

const nothing = {
  reward: null,
  score: null,
  query: null,
  why: "",
  outage: null,
  measures: {},
  components: null,
  warnings: [],
};
