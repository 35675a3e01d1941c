import { random } from "../core/random";
import { callable, oneOf, orInfinity, seed as anySeed, whole, type Range } from "../core/ranges";
import { checkOptions } from "../core/settings";
import type { Problem } from "../core/records";
import { leakReport, withoutLeaks } from "../data/datasets/leaks";
import { rowOf } from "../data/datasets/rows";
import { familyOf, type Family } from "../rewards/families";
import { solvable } from "./examples-task";

/** Raw problems by split. `dev` is what the data set calls its own development set. */
export interface RawSplits {
  readonly train?: readonly Problem[];
  readonly dev?: readonly Problem[];
  readonly test: readonly Problem[];
}

/** Settings of `prepare`. */
export interface PrepareOptions {
  /** how the splits are made */
  readonly rules?: "safe" | "reference";
  /** problems taken from train where there is no dev; 200 if absent */
  readonly validation?: number;
  /** names the shuffles; 42 if absent */
  readonly seed?: number;
  /** written into the rows */
  readonly prompt?: (problem: Problem) => string;
  /** db_path of SQL rows */
  readonly databasePath?: (name: string) => string;
  /** words of a training prompt at most; in SQL 1,000 if absent, as in the reference */
  readonly longest?: number;
}

const optionRanges: Readonly<Record<keyof PrepareOptions, Range>> = {
  rules: oneOf("safe", "reference"),
  validation: whole(0),
  seed: anySeed,
  prompt: callable,
  databasePath: callable,
  longest: orInfinity(whole(1)),
};

/** The rows that were made of raw data. */
export interface Prepared {
  readonly splits: Readonly<Record<"train" | "validation" | "test", readonly Problem[]>>;
  readonly rows: Readonly<Record<"train" | "validation" | "test", readonly Record<string, unknown>[]>>;
  readonly report: PreparationReport;
}

/** What was found and what was left out. */
export interface PreparationReport {
  // questions that two splits share: before, in "safe"; in the result, in "reference"
  readonly leaks: ReturnType<typeof leakReport>;
  readonly repeated: number; // equal questions of one split, put together
  readonly leaking: number; // questions taken out of a split because a later one has them
  readonly unsolvable: number; // questions with nothing to find
  readonly long: number; // training prompts over the limit
  readonly sizes: Readonly<Record<"train" | "validation" | "test", number>>;
}

/**
 * Makes training, validation and test rows of raw problems, in DeepRetrieval's schema.
 *
 * `safe` (default): the test stays as it is but for repeats; what is in it leaves validation and training; what is in
 * validation leaves training; without a development set, validation is drawn from training. `reference`: as
 * data_preprocess/ does it, where validation is made of test rows for every family but NQ, TriviaQA and Spider; the
 * report says how many. Training is shuffled, by `seed` (not in numpy's order, which the reference has).
 */
export function prepare(source: string, raw: RawSplits, options: PrepareOptions = {}): Prepared {
  checkOptions("prepare", options, optionRanges);
  const { rules = "safe", seed = 42, prompt } = options;
  const family = familyOf(source);
  const all = { train: raw.train ?? [], dev: raw.dev ?? [], test: raw.test };
  if (!all.test.length)
    throw new RangeError(
      `prepare: there are no test problems for ${source}. A test is needed to see what leaks into it.`,
    );
  const found = { train: all.train.filter(solvable), dev: all.dev.filter(solvable), test: all.test.filter(solvable) };
  const count = (splits: Readonly<Record<string, readonly Problem[]>>) =>
    Object.values(splits).reduce((sum, problems) => sum + problems.length, 0);
  const made =
    rules === "safe"
      ? safeSplits(found, options)
      : { train: found.train, validation: referenceValidation(family, found), test: found.test };
  const longest = options.longest ?? (family.kind === "execution" ? 1000 : Infinity);
  const words = (problem: Problem): number =>
    prompt && longest < Infinity ? prompt(problem).split(/\s+/).filter(Boolean).length : 0;
  const short = made.train.filter((problem) => words(problem) <= longest);
  const splits = { ...made, train: random(seed).fork("train").shuffle(short) };
  const places = new Map(made.train.map((problem, i) => [problem, i]));
  const named = (split: string): string =>
    family.kind === "ndcg" || family.kind === "execution"
      ? `${source.replace(/_(train|val|test)$/, "")}_${split}`
      : source;
  const row = (split: string, short: string) => (problem: Problem, i: number) =>
    rowOf(problem, {
      source: named(short),
      split,
      index: split === "train" ? places.get(problem)! : i,
      ...(prompt && { prompt: prompt(problem) }),
      ...(problem.sql && options.databasePath && { databasePath: options.databasePath(problem.sql.database) }),
    });
  const raws = { train: found.train, validation: rules === "safe" ? found.dev : made.validation, test: found.test };
  const unique = withoutRepeats(raws);
  return {
    splits,
    rows: {
      train: splits.train.map(row("train", "train")),
      validation: splits.validation.map(row("val", "val")),
      test: splits.test.map(row("test", "test")),
    },
    report: {
      leaks: leakReport(raws),
      repeated: rules === "safe" ? count(raws) - unique : 0,
      leaking: rules === "safe" ? unique - count(made) : 0,
      unsolvable: count(all) - count(found),
      long: made.train.length - short.length,
      sizes: { train: splits.train.length, validation: splits.validation.length, test: splits.test.length },
    },
  };
}

const withoutRepeats = (splits: Readonly<Record<string, readonly Problem[]>>): number =>
  Object.values(splits).reduce((sum, problems) => sum + withoutLeaks({ problems }).problems.length, 0);

function safeSplits(
  { train, dev, test }: Required<RawSplits>,
  { validation = 200, seed = 42 }: PrepareOptions,
): Record<"train" | "validation" | "test", Problem[]> {
  const clean = withoutLeaks({ train, validation: dev, test });
  if (dev.length || !clean.train.length) return clean;
  const shuffled = random(seed).fork("validation").shuffle(clean.train);
  const taken = new Set(shuffled.slice(0, Math.min(validation, Math.floor(shuffled.length / 2))));
  return {
    train: clean.train.filter((problem) => !taken.has(problem)),
    validation: clean.train.filter((problem) => taken.has(problem)),
    test: clean.test,
  };
}

/**
 * The validation rows of data_preprocess/: "first 101" and "first 201" are its `cnt > 100` and `cnt > 200`, counted
 * after the row.
 */
function referenceValidation(family: Family, { dev, test }: Required<RawSplits>): readonly Problem[] {
  switch (family.kind) {
    case "recall":
      return test.slice(0, 101);
    case "rank":
      return (family.name === "squad" ? test : dev).slice(0, 201);
    case "ndcg":
      return family.name === "msmarco" ? test.slice(0, 101) : [...dev, ...test];
    case "execution":
      return family.name === "bird" ? test.slice(0, 100) : dev;
  }
}
