import { finite, share, type Range } from "../core/ranges";
import { type Random, random } from "../core/random";
import type { Task } from "../core/roles";
import { settings } from "../core/settings";

const splitDefaults = {
  /** share of the problems to choose by */
  validation: 0.15,
  /** share of the problems to report */
  test: 0.25,
  /** names the division */
  seed: 0,
};
/** How a task is divided. */
export type SplitTaskOptions = Partial<typeof splitDefaults>;

const ranges: Readonly<Record<keyof typeof splitDefaults, Range>> = { validation: share, test: share, seed: finite };

/** A prompt and what a mediocre searcher answers: an example for `sft`. */
export interface Demonstration {
  readonly prompt: string;
  readonly response: string;
}

/** One task in three parts. No problem is in two of them. */
export interface SplitTask<T extends Task = Task> {
  readonly train: T;
  readonly validation: T;
  readonly test: T;
  /** Draws a training question and how somebody answers it, for `sft`. Absent where there are only questions. */
  readonly demonstrate?: (rng: Random) => Demonstration;
}

/**
 * Divides a task that brings no split: problems to train on, to choose by, and to report. Which problem goes where
 * depends on the ids and the seed alone, not on the order of the file. Problems that belong together, such as several
 * questions to one document, are not kept together.
 *
 * @throws RangeError where a part would have no problem
 */
export function splitTask<T extends Task>(whole: T, options: SplitTaskOptions = {}): SplitTask<T> {
  const { validation, test, seed } = settings("splitTask", splitDefaults, options, ranges);
  const sorted = [...whole.problems].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const shuffled = random(seed).fork("split").shuffle(sorted);
  const count = shuffled.length;
  const [tests, validates] = [Math.round(count * test), Math.round(count * validation)];
  if (Math.min(tests, validates, count - tests - validates) < 1)
    throw new RangeError(
      `splitTask: ${whole.name} has ${count} problems. Shares of ${validation} for validation and of ${test} for the ` +
        "test leave a part empty. Give more problems, or other shares.",
    );
  const part = (name: string, from: number, to: number): T => ({
    ...whole,
    name: `${whole.name}/${name}`,
    problems: shuffled.slice(from, to),
  });
  return {
    train: part("train", tests + validates, count),
    validation: part("validation", tests, tests + validates),
    test: part("test", 0, tests),
  };
}
