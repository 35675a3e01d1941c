import type { Problem, Score, SearchResult } from "../core/records";
import type { Task, TaskMetric } from "../core/roles";
import type { RewardComponents } from "../core/reward-components";

/** One completion of a prompt, as the turn that is read: what the prompt opened, and what the model wrote after it. */
interface Turn {
  readonly problem: Problem;
  readonly text: string;
  readonly opened: string; // "<think>", "<answer>" or "": what the prompt of the task opens
  readonly signal: AbortSignal | undefined;
}

/** How a task searches, scores, and what it says about its scores. */
export interface Scoring extends Required<Pick<Task, "metrics" | "components">> {
  readonly metrics: readonly TaskMetric[];
  readonly components: RewardComponents;
  score(turn: Turn): Promise<Score>;
  search(problem: Problem, query: string, signal: AbortSignal | undefined): Promise<SearchResult>;
}
