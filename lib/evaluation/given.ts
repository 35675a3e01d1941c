import type { Problem, SearchResult } from "../core/records";
import type { Task, TaskMetric } from "../core/roles";
import { shown } from "../core/settings";

/** Throws TypeError for what is no task: one needs a name, problems, a prompt and a search. */
export function checkTask(task: Task): void {
  const { name, problems, search } = (task ?? {}) as Partial<Task>;
  const lacks =
    typeof name !== "string" || name === ""
      ? "a name"
      : !Array.isArray(problems)
        ? "a list of problems"
        : typeof search !== "function"
          ? "a search"
          : undefined;
  if (lacks === undefined) return;
  throw new TypeError(
    `evaluate: the first argument is ${shown("task", task).slice(0, 80)}, a task without ${lacks}. Make one with ` +
      "pubmed(), ctgov(), evidence(), beir(), sql() or datasetTask(file).",
  );
}

/**
 * Throws TypeError for a problem without an id, a question or judgments, and RangeError where one id names two
 * questions: their results could not be told apart. The same question may come several times, as in some published
 * data.
 */
export function checkProblems(task: string, problems: readonly Problem[]): void {
  const questions = new Map<string, string>();
  for (const [i, problem] of problems.entries()) {
    const { id, query, judgments } = (problem ?? {}) as Partial<Problem>;
    const lacks =
      typeof id !== "string"
        ? "id (a text)"
        : typeof query !== "string"
          ? "query (a text)"
          : typeof judgments !== "object" || judgments === null
            ? "judgments ({ document: grade }, {} for none)"
            : undefined;
    if (lacks !== undefined)
      throw new TypeError(
        `evaluate: problem ${i} of ${task} has no ${lacks}: ${shown("problem", problem).slice(0, 80)}.`,
      );
    const earlier = questions.get(id!);
    if (earlier !== undefined && earlier !== query)
      throw new RangeError(
        `evaluate: two problems of ${task} have the id ${JSON.stringify(id)}: ` +
          `${JSON.stringify(earlier.slice(0, 60))} ` +
          `and ${JSON.stringify(query!.slice(0, 60))}. Their results could not be told apart; rename one.`,
      );
    questions.set(id!, query!);
  }
}

/** Columns of the frames that show results, which no metric may be called. */
const columns = new Set([
  ...["system", "qid", "query", "question", "queries", "answered", "failed", "failure", "malformed", "warnings"],
  ...["hits", "relevant", "retrieved", "total", "metric", "difference", "low", "high", "p"],
]);

/** Throws TypeError for what is no metric, and RangeError for a name that a column of the results has already. */
export function checkMetrics(metrics: readonly TaskMetric[]): void {
  for (const [i, metric] of metrics.entries()) {
    const { name, measure } = (metric ?? {}) as Partial<TaskMetric>;
    if (typeof name !== "string" || name === "" || typeof measure !== "function")
      throw new TypeError(
        `evaluate: metric ${i} is ${shown("metric", metric).slice(0, 80)}; it must be one of recallAt(k), ndcgAt(k), ` +
          "hitsAt(k) and so on, or { name, measure }.",
      );
    if (columns.has(name))
      throw new RangeError(
        `evaluate: a metric is called "${name}", which is a column of the results already. Rename it.`,
      );
  }
}

/** Throws TypeError for what is no result of a search: an engine that gives nothing has failed, not found nothing. */
export function checkFound(task: Task, query: string, result: SearchResult): void {
  const { hits, warnings } = (result ?? {}) as Partial<SearchResult>;
  if (Array.isArray(hits) && Array.isArray(warnings)) return;
  throw new TypeError(
    `evaluate: the search of ${task.name} gave ${shown("result", result).slice(0, 80)} for the query ` +
      `${JSON.stringify(query.slice(0, 60))}; it must be { hits, total, warnings }, and throw where it failed.`,
  );
}
