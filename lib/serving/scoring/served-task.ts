import { oncePerObject } from "../../core/memo";
import type { Problem } from "../../core/records";
import { componentsIn, type RewardComponents } from "../../core/reward-components";
import type { Score } from "../../core/records";
import type { Task } from "../../core/roles";

/** A task that a server scores for, under the name by which requests ask for it. */
export interface ServedTask {
  readonly name: string; // stands in addresses: letters, digits, ".", "_", "-"
  readonly task: Task;
  readonly about?: string; // a sentence for whoever looks at the server
  /** The text of a document, for wires that show what was found. */
  readonly textOf?: (docId: string) => string | undefined;
}

/** The tasks of a server, the default first. */
export type ServedTasks = readonly [ServedTask, ...ServedTask[]];

/** The task that a request names; the first where it names none. Undefined for a name that is not served. */
export const taskNamed = (tasks: ServedTasks, name?: string): ServedTask | undefined =>
  name === undefined ? tasks[0] : tasks.find((served) => served.name === name || served.task.name === name);

/** The problems of a task by id. */
export const problemsById = oncePerObject(
  ({ problems }: Task): ReadonlyMap<string, Problem> => new Map(problems.map((problem) => [problem.id, problem])),
);

/**
 * The components of a score of `task`, by name. A task that declares none has the measures of the score itself.
 */
export function componentsOf(task: Task, score: Score): Readonly<Record<string, number>> {
  const components: RewardComponents = task.components ?? componentsIn([score]);
  return Object.fromEntries(Object.entries(components).map(([name, { value }]) => [name, value(score)]));
}
