import { untilAborted } from "../core/calls/until-aborted";
import type { Problem, SearchResult } from "../core/records";
import type { Task, TaskMetric } from "../core/roles";
import { shown } from "../core/settings";
import { checkFound } from "./given";
import type { Measured } from "./journal/journal";

/** What is measured of a query. */
export interface Measuring {
  readonly metrics: readonly TaskMetric[];
  readonly documents: boolean; // keep the ids of relevant documents
  readonly signal?: AbortSignal | undefined;
}

/** A query that was searched, or none: an empty query counts as one that found nothing. */
export async function searched(
  task: Task,
  problem: Problem,
  query: string,
  signal: AbortSignal | undefined,
): Promise<SearchResult> {
  if (query.trim() === "") return nothing;
  const result = await untilAborted(() => task.search(problem, query, { signal }), signal, "a search");
  checkFound(task, query, result);
  return result;
}

const nothing: SearchResult = { hits: [], total: 0, warnings: [] };

/**
 * Measures what a query of `system` found. Throws RangeError for a measure that is no finite number, and rethrows what
 * a metric throws: both are errors of the program, not of the engine.
 */
export async function measure(
  system: string,
  problem: Problem,
  query: string,
  result: SearchResult,
  { metrics, documents }: Measuring,
): Promise<Measured> {
  const malformed = query.trim() === "";
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
        `evaluate: ${name} of problem ${problem.id} is ${shown(name, value)} for the query ` +
          `${JSON.stringify(query.slice(0, 60))} of ${system}; it must be a finite number.`,
      );
  }
  const isRelevant = (id: string) => (judgments[id] ?? 0) > 0;
  const relevant = Object.keys(judgments).filter(isRelevant);
  const among = hits.map(({ docId }) => docId).filter(isRelevant);
  const known = new Set(among);
  return {
    query,
    measures,
    ...(warnings.length > 0 && { warnings }),
    ...(malformed && { malformed }),
    found: { hits: hits.length, relevant: known.size, judged: relevant.length, total: result.total },
    ...(documents && { documents: { found: [...known], missed: relevant.filter((id) => !known.has(id)) } }),
  };
}
