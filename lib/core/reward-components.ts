import type { Score } from "./records";

/**
 * One number for each completion of a task, which training logs as a curve beside the reward.
 *
 * A task declares its components once, by name, and every score has a value for each of them: the columns of a run's
 * metrics are the same at every step, whatever the completions were.
 *
 * **Name.** The component `name` is logged as `reward/<name>` in training and as `val-core/<task>/<name>/mean@1` in
 * validation. A measure of retrieval bears the name of ir_measures (`R@50`), a share of completions ends in `_ratio`
 * (`format_error_ratio`), a count is a plural noun (`documents`). `mean`, `std` and `n_scored` are taken by the reward.
 *
 * **Average.** The value that is logged is the arithmetic mean over all completions that have a score, malformed ones
 * included: `value` says what a malformed one counts. A completion without a score, because its engine was down, is in
 * no mean, neither above nor below the line.
 */
export interface RewardComponent {
  /** One sentence that says what a value is, in which unit or range. */
  readonly about: string;
  /** A finite number for one completion. */
  value(score: Score): number;
  /** True where the value is the measure of that name in a score: every table of rollouts has a column for it. */
  readonly measure?: boolean;
  /** True for a component that validation leaves out. */
  readonly trainingOnly?: boolean;
}

/** The components of a task, in the order in which they are logged. */
export type RewardComponents = Readonly<Record<string, RewardComponent>>;

/**
 * The measure `name` of a score, and 0 for a malformed completion, which found nothing. Throws RangeError for a score
 * without it.
 */
export const measureComponent = (name: string, about: string): RewardComponent => ({
  about,
  measure: true,
  value(score) {
    if (score.kind === "malformed") return 0;
    const value = score.measures[name];
    if (value !== undefined) return value;
    throw new RangeError(
      `The score of the query ${JSON.stringify(score.query.slice(0, 60))} has no measure "${name}"; it has ` +
        `${Object.keys(score.measures).join(", ") || "none"}. Every score of a task has all measures that the ` +
        "task declares.",
    );
  },
});

/** The measures that a task declares: each of its scores has them. Empty for a task that declares no components. */
export const declaredMeasures = ({ components = {} }: { readonly components?: RewardComponents }): string[] =>
  Object.entries(components).flatMap(([name, { measure }]) => (measure ? [name] : []));

/** The share of completions for which `holds` is true. */
export const shareComponent = (about: string, holds: (score: Score) => boolean): RewardComponent => ({
  about,
  value: (score) => Number(holds(score)),
});

/** The share of completions that hold no query: every task logs it. */
export const formatErrors: RewardComponents = {
  format_error_ratio: shareComponent("Share of completions that hold no query.", ({ kind }) => kind === "malformed"),
};

/** The share of completions of whose query the engine dropped or repaired something: every task logs it. */
export const engineWarnings: RewardComponents = {
  warning_ratio: {
    ...shareComponent(
      "Share of completions of whose query the engine dropped or repaired something.",
      (score) => score.kind === "scored" && (score.warnings?.length ?? 0) > 0,
    ),
    trainingOnly: true,
  },
};

/**
 * The components of a task that declares none: every measure that occurs in `scores`, in the order in which they come,
 * then format errors and warnings. A score that lacks a measure counts 0 in it.
 */
export function componentsIn(scores: readonly Score[]): RewardComponents {
  const names = [...new Set(scores.flatMap((score) => (score.kind === "scored" ? Object.keys(score.measures) : [])))];
  const measure = (name: string): RewardComponent => ({
    about: `The measure ${name}; 0 for a completion that has none.`,
    value: (score) => (score.kind === "scored" ? (score.measures[name] ?? 0) : 0),
  });
  return { ...Object.fromEntries(names.map((name) => [name, measure(name)])), ...formatErrors, ...engineWarnings };
}

/**
 * The mean of each component over `scores`, by name and in the order of `components`. NaN where there are no scores.
 *
 * @param scores of completions that have one: a completion whose engine was down is not among them
 */
export function componentMeans(components: RewardComponents, scores: readonly Score[]): Record<string, number> {
  const mean = (name: string, { value }: RewardComponent): number =>
    scores.reduce((sum, score) => sum + valueOf(name, value, score), 0) / scores.length;
  return Object.fromEntries(Object.entries(components).map(([name, component]) => [name, mean(name, component)]));
}

/** The value of a component. Throws, naming the component, where it throws or gives no finite number. */
function valueOf(name: string, value: RewardComponent["value"], score: Score): number {
  const about = `The component "${name}" of a score (${score.kind}, reward ${score.reward})`;
  let made: unknown;
  try {
    made = value(score);
  } catch (cause) {
    throw new Error(`${about} threw ${String(cause)}`, { cause });
  }
  if (Number.isFinite(made)) return made as number;
  throw new RangeError(`${about} is ${String(made)}; it must be a finite number for every score. Mend the component.`);
}
