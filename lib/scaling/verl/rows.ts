import type { Problem } from "../../core/records";
import type { Task } from "../../core/roles";
import { type ChatMessage, messagesOf } from "../../prompts/chat";

/** One row of verl's data. Every row has the same fields of the same types, as Arrow demands. */
export interface VerlRow {
  readonly data_source: string; // the name of the task: verl's validation metrics bear it
  readonly prompt: readonly ChatMessage[]; // verl applies the chat template of the model to them
  readonly ability: "query-rewriting";
  readonly reward_model: { readonly style: "rule"; readonly ground_truth: string };
  readonly extra_info: { readonly split: string; readonly index: number; readonly id: string };
}

/**
 * The rows of a task, one for each problem, in order. Throws RangeError for a problem whose id or question is no text:
 * Arrow would refuse the whole file, or the model would be asked for the word "null".
 */
export const verlRows = (task: Task, split: string): VerlRow[] =>
  task.problems.map((problem, index) => {
    for (const name of ["id", "query"] as const)
      if (typeof problem[name] !== "string" || problem[name] === "")
        throw new RangeError(
          `verlExport: problem ${index} of ${task.name} has the ${name} ` +
            `${JSON.stringify(problem[name]) ?? "undefined"}; it must be a text. Mend the row, or leave it out.`,
        );
    return {
      data_source: task.name,
      prompt: messagesOf(task.prompt(problem)),
      ability: "query-rewriting",
      reward_model: { style: "rule", ground_truth: JSON.stringify(truthOf(problem)) },
      extra_info: { split, index, id: problem.id },
    };
  });

/**
 * The gold standard of a problem as the reward server reads a label. It is whole, so that a server of the training
 * task scores rows of validation too.
 */
function truthOf({ id, query, judgments, maxDate, answers, sql }: Problem): object {
  const common = { id, query, ...(maxDate !== undefined && { maxDate }) };
  if (sql) return { ...common, target: sql.gold, database: sql.database };
  return answers ? { ...common, answers } : { ...common, judgments };
}
