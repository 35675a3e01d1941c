import type { Measures, Problem, Score } from "./records";
import type { Task } from "./roles";
import { random } from "./random";
import { shown } from "./settings";

/**
 * Checks of what a task returns. A task may be a user's code, and a prompt that is no text or a reward that is no
 * number would otherwise show only later, as weights that are NaN. Errors name the problem and the value.
 */

/** The prompts of some problems. Throws TypeError for one that is no text, RangeError for an empty one. */
export function promptsOf(
  task: Pick<Task, "prompt"> & { readonly name?: string },
  problems: readonly Problem[],
): string[] {
  return problems.map((problem) => {
    const where = `task ${task.name ?? ""}`.trim();
    const prompt = promptBy(task, problem, where);
    if (typeof prompt !== "string")
      throw new TypeError(
        `${where}: the prompt of problem ${problem.id} is ${shown("prompt", prompt)}; it must be a text.`,
      );
    if (prompt === "")
      throw new RangeError(
        `${where}: the prompt of problem ${problem.id} is empty. A model needs a text to go on from.`,
      );
    return prompt;
  });
}

function promptBy(task: Pick<Task, "prompt">, problem: Problem, where: string): unknown {
  try {
    return task.prompt(problem);
  } catch (cause) {
    throw new Error(`${where}: the prompt of problem ${problem.id} threw ${String(cause)}. Mend the task.`, { cause });
  }
}

/** The largest reward in absolute value: the squares of larger ones are no longer numbers in float32. */
const largest = 1e15;

/**
 * A copy of `score`, which its task may change later. Throws TypeError for what is no score, RangeError for a reward or
 * a measure that is no finite number.
 */
export function checkedScore(task: Pick<Task, "name">, problem: Problem, completion: string, score: Score): Score {
  const about = `of problem ${problem.id} for the completion ${JSON.stringify(completion.slice(0, 60))}`;
  const { kind, reward } = (score ?? {}) as Partial<Score>;
  if (kind !== "scored" && kind !== "malformed")
    throw new TypeError(
      `task ${task.name}: the score ${about} is ${shown("score", score)}; it must be { kind: "scored", reward, ` +
        `query, measures } or { kind: "malformed", reward, why }.`,
    );
  expectNumber(task, "reward", about, reward);
  if (Math.abs(reward!) > largest)
    throw new RangeError(
      `task ${task.name}: the reward ${about} is ${reward}; it must lie within ±${largest}, since squares of larger ` +
        "numbers are infinite. Scale the reward.",
    );
  if (score.kind === "malformed") return { ...score };
  const { measures } = score as { readonly measures?: Measures };
  if (typeof measures !== "object" || measures === null)
    throw new TypeError(
      `task ${task.name}: the score ${about} has the measures ${shown("measures", measures)}; they must be a record ` +
        'of numbers, such as { "R@50": 0.4 }, or {}.',
    );
  for (const [name, value] of Object.entries(measures)) expectNumber(task, name, about, value);
  return { ...score, measures: { ...measures } };
}

/** A problem as text, to see whether a reward has changed it; "" for one that has no text, as a circle has none. */
export function textOfProblem(problem: Problem): string {
  try {
    return JSON.stringify(problem);
  } catch {
    return "";
  }
}

/**
 * What tells a task from another, for the settings of a run: its name, and how many problems it has under which ids.
 */
export const identityOf = ({
  name,
  problems,
}: Pick<Task, "name" | "problems">): { task: string; problems: string } => ({
  task: name,
  problems: `${problems.length}, ids ${random(problems.map(({ id }) => id).join("\n"))
    .below(2 ** 31)
    .toString(36)}`,
});

/** Throws TypeError for a task that lacks what training needs, with what it lacks. */
export function expectTask(where: string, task: unknown): asserts task is Task {
  const { problems, prompt, score } = (task ?? {}) as Partial<Task>;
  const missing = !Array.isArray(problems)
    ? "problems, a list"
    : typeof prompt !== "function"
      ? "prompt, a function"
      : typeof score !== "function"
        ? "score, a function"
        : undefined;
  if (missing !== undefined)
    throw new TypeError(
      `${where}: the task is ${shown("task", task)} and has no ${missing}. Give a task, as pubmed() or task(…) makes ` +
        "one.",
    );
  const twice = repeatedId(problems!);
  if (twice !== undefined)
    throw new RangeError(
      `${where}: two problems of task ${(task as Task).name} have the id ${JSON.stringify(twice)}; an id is ` +
        "unique within its task. Leave one out, or number them.",
    );
}

/** The first id that an earlier problem has too. */
export function repeatedId(problems: readonly Pick<Problem, "id">[]): string | undefined {
  const seen = new Set<string>();
  return problems.find(({ id }) => seen.has(id) || !seen.add(id))?.id;
}

/** Throws RangeError for a number that is not finite, TypeError for anything else. */
export function expectNumber({ name }: Pick<Task, "name">, what: string, about: string, value: unknown): void {
  if (Number.isFinite(value)) return;
  throw new (typeof value === "number" ? RangeError : TypeError)(
    `task ${name}: the ${what} ${about} is ${shown(what, value)}; it must be a finite number, or it would spoil ` +
      "every weight of the policy.",
  );
}
