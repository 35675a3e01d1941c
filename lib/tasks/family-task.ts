import type { Problem, SearchResult } from "../core/records";
import type { SearchEngine, SqlDatabase, Task } from "../core/roles";
import { answerMatcher } from "../metrics/answer-span";
import { executionAccuracy, sameRows } from "../metrics/execution";
import type { Metric } from "../metrics/metric";
import { ndcgAt } from "../metrics/ndcg";
import { recallAt } from "../metrics/recall";
import { hitsAt } from "../metrics/success";
import { openedBy } from "../prompts/answer";
import { execute, isBlankSql } from "../rewards/execution-reward";
import type { Family, ProfileName } from "../rewards/families";
import type { Spans } from "../rewards/rank-reward";
import { scoreCompletion } from "../rewards/score";

/** What a family of rewards needs to become a task. */
export interface FamilyTaskOptions {
  readonly name: string;
  readonly family: Family;
  readonly problems: readonly Problem[];
  readonly prompt: (problem: Problem) => string;
  /** of families that search */
  readonly engine?: SearchEngine;
  /** of questions with answers: the passages, as `spansOf` makes them ready */
  readonly spans?: Spans;
  /** of questions to databases */
  readonly databases?: Databases;
  /** hits looked at, instead of the family's */
  readonly k?: number;
  /** "safe" unless said */
  readonly profile?: ProfileName;
}

/** Opens a database by its name in the data set. */
export type Databases = (name: string) => SqlDatabase | Promise<SqlDatabase>;

/** A task whose rewards are DeepRetrieval's. */
export interface FamilyTask extends Task {
  readonly family: Family;
  readonly k: number; // hits looked at; 1 for questions to databases, whose one hit is the result
}

/**
 * A task from its parts: problems, prompts, one of the four families of rewards, and what runs the queries.
 * The search of a question with answers, or to a database, judges what it found (`judgments` of the result):
 * `evaluate` then counts passages that hold an answer, or results that equal the gold one.
 *
 * Thoughts are demanded where the prompt opens them, whatever the data set is called: DeepRetrieval's rows of ctgov
 * without reasoning bear the name of those with it, and its reward pays −4 for every answer to them.
 */
export function familyTask(options: FamilyTaskOptions): FamilyTask {
  const { name, problems, prompt, engine, spans, databases, profile } = options;
  const needed = { recall: { engine }, ndcg: { engine }, rank: { engine, spans }, execution: { databases } }[
    options.family.kind
  ];
  const missing = Object.entries(needed).find(([, given]) => given === undefined);
  if (missing)
    throw new TypeError(
      `task ${name}: ${missing[0]} is missing; without it no query of the ${options.family.name} family can be scored. Pass { ${missing[0]} }.`,
    );
  if (!problems.length)
    throw new RangeError(`task ${name}: there are no problems. Check the file, the split and the limit.`);
  const family = { ...options.family, reasoning: openedBy(prompt(problems[0]!)).startsWith("<think>") };
  const k = options.k ?? (family.kind === "execution" ? 1 : family.k);
  return {
    name,
    family,
    problems,
    prompt,
    k,
    metrics: metricsOf(family, k),
    async score(problem, completion, { signal } = {}) {
      const turn = openedBy(prompt(problem)) + completion;
      const database = problem.sql && (await databases!(problem.sql.database));
      return scoreCompletion({
        family,
        problem,
        turn,
        k,
        ...(engine && { engine }),
        ...(spans && { spans }),
        ...(database && { database }),
        ...(profile && { profile }),
        ...(signal && { signal }),
      });
    },
    async search(problem, query, { signal } = {}) {
      if (problem.sql) return executed(await databases!(problem.sql.database), query, problem.sql.gold, signal);
      const result = await engine!.search(query, k, {
        ...(problem.maxDate && { maxDate: problem.maxDate }),
        ...(signal && { signal }),
      });
      return problem.answers && spans
        ? { ...result, judgments: await answered(result, problem.answers, spans) }
        : result;
    },
  };
}

/** What papers report of a family, as far as `k` hits tell it; the first is what the task is about. */
function metricsOf(family: Family, k: number): readonly Metric[] {
  switch (family.kind) {
    case "recall":
      return [recallAt(k)];
    case "ndcg":
      return [ndcgAt(Math.min(10, k))]; // BEIR's, whatever the cut-off of the training reward
    case "rank":
      return [...new Set([20, 5, 1].map((at) => Math.min(at, k)))].map(hitsAt);
    case "execution":
      return [executionAccuracy];
  }
}

async function answered(
  { hits }: SearchResult,
  answers: readonly string[],
  spans: Spans,
): Promise<Record<string, number>> {
  const matches = answerMatcher(answers);
  const judgments: Record<string, number> = {};
  for (const { docId } of hits) judgments[docId] = matches(await spans(docId)) ? 1 : 0;
  return judgments;
}

const resultId = "result"; // of the one hit that a query to a database has

async function executed(
  database: SqlDatabase,
  query: string,
  gold: string,
  signal: AbortSignal | undefined,
): Promise<SearchResult> {
  if (isBlankSql(query)) return { hits: [], total: 0, warnings: ["no statement"], judgments: { [resultId]: 0 } }; // else it would equal every gold query without rows
  const [predicted, wanted] = [await execute(database, query, signal), await execute(database, gold, signal)];
  const equal = predicted.kind === "rows" && wanted.kind === "rows" && sameRows(predicted.rows, wanted.rows);
  const warnings =
    predicted.kind === "failed"
      ? [predicted.message]
      : predicted.kind === "timeout"
        ? [`not done after ${predicted.seconds} s`]
        : [];
  return {
    hits: predicted.kind === "rows" ? [{ docId: resultId, score: 1 }] : [],
    total: predicted.kind === "rows" ? predicted.rows.length : 0,
    warnings,
    judgments: { [resultId]: equal ? 1 : 0 },
  };
}
