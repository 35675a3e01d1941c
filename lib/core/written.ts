import type { Completion } from "./records";
import type { RewardOutcome } from "./reward-outcome";

/** What a policy wrote for one problem of a training step, and what that earned: an entry of rollouts.jsonl. */
export interface LoggedRollout {
  readonly id: string; // of the problem
  readonly question?: string; // of the problem, as typed; absent in logs of earlier versions
  readonly completion: Completion;
  readonly score: RewardOutcome; // an outage is no reward
}

/** The rollouts of one step: a line of rollouts.jsonl. */
export interface StepRollouts {
  readonly step: number;
  readonly rollouts: readonly LoggedRollout[];
  readonly measures?: readonly string[]; // that the task declares: a malformed completion has none of its own
  readonly greedy?: readonly LoggedRollout[]; // to each prompt, where an algorithm has them as baseline
}

/** A rollout in memory: its text, and of its tokens their number only. */
export interface WrittenRollout extends Omit<LoggedRollout, "completion"> {
  readonly text: string;
  readonly tokens: number;
  readonly finished: boolean; // false: cut at the token limit
}

/** Where the rollouts of a step are: in memory, or in the file of a run that has a folder. */
export interface KeptRollouts {
  readonly step: number;
  readonly reward: number; // their mean reward: a file that says otherwise is of another run by now
  readonly rollouts: readonly WrittenRollout[] | { readonly file: string };
  readonly measures?: readonly string[]; // that the task declares
}

/** What a step of training brings besides its numbers: what was written in it, for training and for validation. */
export interface StepTexts {
  readonly training: KeptRollouts;
  readonly validation?: KeptRollouts;
}

/**
 * Under this key a step carries its texts, and a run those of its steps so far. It is not enumerable: tables, JSON and
 * equality see the numbers alone.
 */
const textsKey = Symbol.for("deepretrieval.texts");

export const withTexts = <T extends object>(carrier: T, texts: readonly StepTexts[]): T =>
  Object.defineProperty(carrier, textsKey, { value: texts, enumerable: false });

/** The texts of a step, or of a run's steps so far; undefined where it is neither of training with rewards. */
export const textsOf = (carrier: object): readonly StepTexts[] | undefined =>
  (carrier as { readonly [textsKey]?: readonly StepTexts[] })[textsKey];

export const writtenOf = ({ completion, ...rest }: LoggedRollout): WrittenRollout => ({
  ...rest,
  text: completion.text,
  tokens: completion.tokens.length,
  finished: completion.finished,
});
