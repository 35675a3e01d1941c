import { oneOf, orInfinity, whole, type Range } from "../../core/ranges";
import type { Random } from "../../core/random";
import { checkOptions } from "../../core/settings";
import type { RecallReward } from "../../rewards/recall-choice";
import { type FamilyTask, recallRewards } from "../task";
import type { Split } from "../pubmed";
import type { Demonstration, SplitTask } from "../split-task";
import { generatedDatabases } from "./generated-databases";
import { generatedPassages } from "./generated-passages";
import { generatedTrials } from "./generated-trials";

/** What is searched: trials, passages that hold an answer, or databases. */
export type GeneratedKind = "trials" | "passages" | "databases";

/** How large the tasks are, and what is paid. */
export interface GeneratedOptions {
  /** problems of each split at most */
  readonly limit?: number;
  /** of "trials": what the reward rises with; "F3" if absent: recall alone pays for a query that finds everything */
  readonly reward?: RecallReward;
}

/** Tasks to train on, to choose by and to report, and examples to begin with. */
export interface GeneratedTasks extends SplitTask<FamilyTask> {
  /** Draws a training question and how a mediocre searcher answers it, for `sft`. */
  readonly demonstrate: (rng: Random) => Demonstration;
}

const optionRanges: Readonly<Record<keyof GeneratedOptions, Range>> = {
  limit: orInfinity(whole(1)),
  reward: recallRewards,
};

const makers = { trials: generatedTrials, passages: generatedPassages, databases: generatedDatabases };

/**
 * Generated tasks of hundreds of questions, to train a small policy on without data and without a network: trials of a
 * registry that never existed, an encyclopedia of invented facts, databases of invented things. The same every time.
 * Their numbers say nothing about real collections.
 *
 * Each has an expert query for every question, a group to report by, prompts of a line, and demonstrations by a
 * searcher who knows much and uses little of it: who imitates them has something left to learn from a reward.
 *
 * ```ts
 * const { train, validation, test, demonstrate } = await generatedTasks("passages");
 * await watch(sft(policy, demonstrate, { steps: 100 }));
 * await watch(ppo(policy, train, { steps: 40, validation }));
 * ```
 *
 * Throws RangeError for another kind.
 */
export async function generatedTasks(kind: GeneratedKind, options: GeneratedOptions = {}): Promise<GeneratedTasks> {
  const { fits, what } = oneOf(...Object.keys(makers));
  if (!fits(kind)) throw new RangeError(`generatedTasks: the kind is ${JSON.stringify(kind)}; it must be ${what}.`);
  checkOptions("generatedTasks", options, optionRanges);
  if (options.reward !== undefined && kind !== "trials")
    throw new TypeError(
      `generatedTasks: reward is for trials, which are rewarded by recall, and the kind is "${kind}". Leave it out.`,
    );
  const { of, demonstrate } = await makers[kind](options);
  const split = (name: Split) => of(name, options.limit ?? Infinity);
  return { train: split("train"), validation: split("validation"), test: split("test"), demonstrate };
}
