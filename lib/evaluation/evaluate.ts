import { SearchUnavailable, throwIfAborted } from "../core/errors";
import { abortSignal, list, whole, type Range } from "../core/ranges";
import { checkOptions, shown } from "../core/settings";
import type { Measures, Problem, SearchResult } from "../core/records";
import type { Queries, Rewriter, Task, TaskMetric, Written } from "../core/roles";
import { runOf, type Run } from "../core/run";
import { setRecall } from "../metrics/recall";

/** What one system found for one problem. */
export interface Result {
  readonly system: string;
  readonly qid: string;
  readonly query: string; // as sent to the engine
  readonly measures: Measures;
  readonly warnings?: readonly string[]; // what the engine dropped or repaired
  readonly malformed?: boolean; // the system offered no query: nothing was searched, so nothing found
  readonly question?: string; // as typed
  readonly found?: FoundCounts; // what the measures were taken of
  readonly written?: Written; // what the system's model wrote; absent for a system without one
}

/** What a query brought. */
export interface FoundCounts {
  readonly hits: number; // returned, at most the task's k
  readonly relevant: number; // of them judged relevant: a grade above 0
  readonly judged: number; // documents judged relevant, found or not
  readonly total: number; // matches before the cut at k
}

/** How to evaluate. */
export interface EvaluateOptions {
  /** The default is the task's own. A task that names none has SetR: recall over all that its search returns. */
  readonly metrics?: readonly TaskMetric[];
  /** searches in flight at once */
  readonly width?: number;
  /** problems handed to a rewriter at once */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

const optionRanges: Readonly<Record<keyof EvaluateOptions, Range>> = {
  metrics: list,
  width: whole(1),
  batchSize: whole(1),
  signal: abortSignal,
};

/**
 * Answers every problem of `task` with every system, yielding one result at a time: systems in turn, problems
 * in the order of the task. An empty query counts as a query that found nothing, as DeepRetrieval's evaluation
 * counts failures.
 *
 * A result keeps what a model wrote for it, a malformed answer too: `completions` shows it.
 *
 * Throws SearchUnavailable when the engine fails, with the number of queries done; those were yielded and hold.
 */
export const evaluate = (task: Task, systems: readonly Rewriter[], options: EvaluateOptions = {}): Run<Result> =>
  runOf(results(task, systems, options), task?.problems?.length * systems?.length, "query");

async function* results(
  task: Task,
  systems: readonly Rewriter[],
  options: EvaluateOptions,
): AsyncGenerator<Result, void> {
  const { metrics = task.metrics ?? [setRecall], width = 8, batchSize = 64, signal } = options;
  checkOptions("evaluate", options, optionRanges);
  distinct("systems", systems);
  distinct("metrics", metrics);
  const total = systems.length * task.problems.length;
  let done = 0;
  for (const system of systems) {
    for (const batch of chunks(task.problems, batchSize)) {
      throwIfAborted(signal, `evaluation (${done} of ${total} queries done)`);
      const queries = await rewritten(system, batch, signal);
      for (const part of chunks([...batch.entries()], width)) {
        throwIfAborted(signal, `evaluation (${done} of ${total} queries done)`);
        const outcomes = await Promise.allSettled(
          part.map(([i, problem]) => answer(task, system, problem, queries[i]!, queries.written?.[i], metrics, signal)),
        );
        for (const outcome of outcomes) {
          if (outcome.status === "rejected") throw stopped(outcome.reason, done, total);
          done++;
          yield outcome.value;
        }
      }
    }
  }
}

async function rewritten(
  system: Rewriter,
  batch: readonly Problem[],
  signal: AbortSignal | undefined,
): Promise<Queries> {
  const queries = await system.rewrite(batch, { signal });
  const wrong = queries.findIndex((query) => typeof query !== "string");
  if (wrong >= 0)
    throw new TypeError(
      `evaluate: ${system.name} gave ${shown("query", queries[wrong])} as the query of problem ${batch[wrong]?.id}; it must be a text, "" for none.`,
    );
  if (queries.length === batch.length) return queries;
  throw new RangeError(
    `evaluate: ${system.name} gave ${queries.length} queries for ${batch.length} problems; it must give one each, in order, "" for none.`,
  );
}

async function answer(
  task: Task,
  system: Rewriter,
  problem: Problem,
  query: string,
  written: Written | undefined,
  metrics: readonly TaskMetric[],
  signal: AbortSignal | undefined,
): Promise<Result> {
  const malformed = query.trim() === "";
  const result: SearchResult = malformed ? nothing : await task.search(problem, query, { signal });
  const { hits, warnings, judgments = problem.judgments } = result;
  const found = { ...result, problem, query: malformed ? "" : query, judgments };
  const measures = Object.fromEntries(
    await Promise.all(
      metrics.map(async (metric) => [metric.name, await metric.measure(hits, judgments, found)] as const),
    ),
  );
  for (const [name, value] of Object.entries(measures)) {
    if (!Number.isFinite(value))
      throw new RangeError(
        `evaluate: ${name} of problem ${problem.id} is ${shown(name, value)} for the query ${JSON.stringify(query.slice(0, 60))} of ${system.name}; it must be a finite number.`,
      );
  }
  const graded = (id: string) => (judgments[id] ?? 0) > 0;
  const counts: FoundCounts = {
    hits: hits.length,
    relevant: hits.filter(({ docId }) => graded(docId)).length,
    judged: Object.keys(judgments).filter(graded).length,
    total: result.total,
  };
  const beside = {
    ...(warnings.length > 0 && { warnings }),
    ...(malformed && { malformed }),
    question: problem.query,
    found: counts,
    ...(written && { written }),
  };
  return { system: system.name, qid: problem.id, query, measures, ...beside };
}

const nothing: SearchResult = { hits: [], total: 0, warnings: [] };

/** An outage, saying how far the evaluation had come; any other error as it is. */
function stopped(reason: unknown, done: number, total: number): unknown {
  if (!(reason instanceof Error) || reason.name !== "SearchUnavailable") return reason;
  const { engine } = reason as SearchUnavailable;
  return new SearchUnavailable(
    engine,
    `evaluation stopped after ${done} of ${total} queries (${reason.message})`,
    "Keep the results it yielded, and evaluate again when the engine is back.",
    { cause: reason },
  );
}

function distinct(what: "systems" | "metrics", named: readonly { readonly name: string }[]): void {
  const names = named.map(({ name }) => name);
  if (names.length === 0) throw new RangeError(`evaluate: no ${what}. Pass at least one.`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new RangeError(
      `evaluate: two ${what} are called "${twice}"; their results could not be told apart. Rename one.`,
    );
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
