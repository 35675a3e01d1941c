import { mapLimit } from "../../core/calls/limit";
import type { Problem } from "../../core/records";
import type { Task, TaskMetric } from "../../core/roles";
import { setRecall } from "../../metrics/recall";
import { measure, searched } from "../measuring";
import type { Result } from "../result";
import { withoutAnswers } from "./spans-in-query";

/** How to audit. */
export interface InjectionOptions {
  /** what is measured again; the default is the task's first metric */
  readonly metric?: TaskMetric;
  /** searches in flight at once */
  readonly width?: number;
  readonly signal?: AbortSignal;
}

/** A query that holds an answer which its question does not, and what it finds without it. */
export interface Injection {
  readonly system: string;
  readonly qid: string;
  readonly question: string;
  readonly query: string;
  // those found in the query and not in the question, or identifiers of relevant documents
  readonly answers: readonly string[];
  readonly cleaned: string; // the query without them
  readonly before: number; // the measure of the query
  readonly after: number; // of the cleaned one, searched again; 0 where nothing is left of it
}

/** One system's share of queries that contain the answer. */
export interface InjectionSummary {
  readonly system: string;
  readonly queries: number;
  readonly injected: number;
  readonly share: number;
  readonly before: number; // mean of the measure over all queries
  readonly after: number; // the same with the injected queries cleaned
}

/**
 * Measures how much of a result is due to answers that the model knew and wrote into the query. In every query it looks
 * for an answer of the problem (open questions: DPR's token match) or the identifier of a relevant document (a PMID, an
 * NCT number) that the question does not contain. It removes them and searches again. DeepRetrieval's own audit asks a
 * language model, which also finds paraphrases. This audit needs no model and finds exact words only.
 *
 * @param results of `evaluate` over the same task; failures are left out
 *
 * Throws SearchUnavailable when the engine fails, RangeError for a result of a problem that the task does not have.
 */
export async function injectionAudit(
  task: Task,
  results: readonly Result[],
  options: InjectionOptions = {},
): Promise<{ readonly injections: readonly Injection[]; readonly summary: readonly InjectionSummary[] }> {
  const { metric = task.metrics?.[0] ?? setRecall, width = 8, signal } = options;
  const problems = new Map(task.problems.map((problem) => [problem.id, problem]));
  const own = results.filter(({ failure }) => failure === undefined);
  const cleaned = own.map((result) => {
    const problem = problemOf(problems, result, task.name);
    return { result, problem, ...withoutAnswers(result.query, problem) };
  });
  const found = cleaned.filter(({ answers }) => answers.length > 0);
  const injections = await mapLimit(found, width, async ({ result, problem, answers, cleaned }): Promise<Injection> => {
    const { system, qid, question = problem.query, query } = result;
    const at = async (text: string): Promise<number> => {
      const hits = await searched(task, problem, text, signal);
      return (await measure(system, problem, text, hits, { metrics: [metric], documents: false })).measures[
        metric.name
      ]!;
    };
    return {
      system,
      qid,
      question,
      query,
      answers,
      cleaned,
      before: result.measures[metric.name] ?? (await at(query)),
      after: await at(cleaned),
    };
  });
  return { injections, summary: summaries(own, injections, metric.name) };
}

function problemOf(problems: ReadonlyMap<string, Problem>, { qid, system }: Result, task: string): Problem {
  const problem = problems.get(qid);
  if (problem) return problem;
  throw new RangeError(
    `audit: ${system} answered problem ${qid}, which ${task} does not have. Give the task that was evaluated.`,
  );
}

function summaries(
  results: readonly Result[],
  injections: readonly Injection[],
  metric: string,
): readonly InjectionSummary[] {
  const keyOf = ({ system, qid }: { readonly system: string; readonly qid: string }) => JSON.stringify([system, qid]);
  const after = new Map(injections.map((each) => [keyOf(each), each]));
  return [...new Set(results.map(({ system }) => system))].map((system) => {
    const own = results.filter((result) => result.system === system);
    const mean = (of: (result: Result) => number) => own.reduce((sum, result) => sum + of(result), 0) / own.length;
    const injected = own.filter((result) => after.has(keyOf(result))).length;
    const was = (result: Result) => result.measures[metric] ?? after.get(keyOf(result))?.before ?? 0;
    return {
      system,
      queries: own.length,
      injected,
      share: injected / own.length,
      before: mean(was),
      after: mean((result) => after.get(keyOf(result))?.after ?? was(result)),
    };
  });
}
