import type { Measures, Problem, Score } from "./records";
import type { Task } from "./roles";
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
    const prompt: unknown = task.prompt(problem);
    const where = `task ${task.name ?? ""}`.trim();
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

/**
 * `score` as it is. Throws TypeError for what is no score, RangeError for a reward or a measure that is no finite
 * number.
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
  const { measures = {} } = score as { readonly measures?: Measures };
  for (const [name, value] of Object.entries(measures)) expectNumber(task, name, about, value);
  return score;
}

/** Throws RangeError for a number that is not finite, TypeError for anything else. */
export function expectNumber({ name }: Pick<Task, "name">, what: string, about: string, value: unknown): void {
  if (Number.isFinite(value)) return;
  throw new (typeof value === "number" ? RangeError : TypeError)(
    `task ${name}: the ${what} ${about} is ${shown(what, value)}; it must be a finite number, or it would spoil ` +
      "every weight of the policy.",
  );
}
