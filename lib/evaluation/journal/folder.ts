import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Task } from "../../core/roles";

/** The files of an evaluation in its folder. */
export const evaluationFiles = { journal: "journal.jsonl", results: "results.jsonl", card: "run-card.json" } as const;

/**
 * Throws RangeError where the results of an evaluation of `task` must not go into `folder`: it is a file, it holds the
 * results of another task, or results that no evaluation wrote. They would be overwritten. Another seed, limit, system
 * or metric of the same task goes on in its folder.
 */
export function checkFolder(folder: string, task: Task): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory())
    throw new RangeError(
      `evaluate: folder is ${folder}, which is a file. Name a folder; it is made where there is none.`,
    );
  const name = taskOfCard(join(folder, evaluationFiles.card));
  if (name !== undefined && name !== task.name)
    throw new RangeError(
      `evaluate: the folder ${folder} holds an evaluation of ${name}, and this is one of ${task.name}. Name another ` +
        "folder: the results that are there would be overwritten.",
    );
  const [journal, results] = [evaluationFiles.journal, evaluationFiles.results].map((file) => join(folder, file));
  if (name === undefined && existsSync(results!) && !existsSync(journal!))
    throw new RangeError(
      `evaluate: ${results} is there, but no journal or run card beside it, so no evaluation wrote it. Name another ` +
        "folder: the file would be overwritten.",
    );
}

/** The task that a run card names; undefined where there is no card, or none that can be read: it is written anew. */
function taskOfCard(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { task } = (JSON.parse(readFileSync(file, "utf8")) ?? {}) as { readonly task?: { readonly name?: unknown } };
    return typeof task?.name === "string" ? task.name : undefined;
  } catch (error) {
    if ((error as Error).name === "SyntaxError") return undefined;
    throw error;
  }
}
