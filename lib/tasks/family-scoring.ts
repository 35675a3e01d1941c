import type { SearchResult } from "../core/records";
import type { SearchEngine, SqlDatabase } from "../core/roles";
import { answerMatcher } from "../metrics/answer-span";
import { executionAccuracy, sameRows } from "../metrics/execution";
import type { Metric } from "../metrics/metric";
import { ndcgAt } from "../metrics/ndcg";
import { recallAt } from "../metrics/recall";
import { hitsAt } from "../metrics/success";
import { execute, isBlankSql } from "../rewards/execution-reward";
import type { Family, ProfileName } from "../rewards/families";
import { goldResult } from "../rewards/gold-result";
import type { RecallReward } from "../rewards/recall-choice";
import type { Spans } from "../rewards/rank-reward";
import { scoreCompletion } from "../rewards/score";
import { familyComponents } from "./components";
import { documentSearch } from "./document-search";
import type { Scoring } from "./scoring";
import { sharedDatabase, sharedEngine } from "./shared-searches";

/** Opens a database by its name in the data set. */
export type Databases = (name: string) => SqlDatabase | Promise<SqlDatabase>;

/** What the rewards of a family need. */
export interface FamilyScoring {
  readonly family: Family;
  /** of families that search */
  readonly engine?: SearchEngine | undefined;
  /** of questions with answers: the passages, as `spansOf` makes them ready */
  readonly spans?: Spans | undefined;
  /** of questions to databases */
  readonly databases?: Databases | undefined;
  /** of the recall family: what the reward rises with; "tiers" if absent, and always in the reference profile */
  readonly reward?: RecallReward | undefined;
  /** "safe" if absent */
  readonly profile?: ProfileName | undefined;
}

/** The first thing that a family's rewards need and `scoring` lacks; undefined where nothing is missing. */
export function missingFor({ family, engine, spans, databases }: FamilyScoring): string | undefined {
  const needed = { recall: { engine }, ndcg: { engine }, rank: { engine, spans }, execution: { databases } };
  return Object.entries(needed[family.kind]).find(([, part]) => part === undefined)?.[0];
}

/**
 * DeepRetrieval's rewards for one family. The search of a question with answers, or of a question to a database, judges
 * what it found (`judgments` of the result): `evaluate` then counts passages that hold an answer, or results that equal
 * the gold one.
 *
 * @param k hits looked at
 */
export function familyScoring(parts: FamilyScoring, k: number): Scoring {
  const { family, engine, spans, databases, profile, reward } = parts;
  const shared = engine && sharedEngine(engine);
  return {
    metrics: metricsOf(family, k),
    components: familyComponents(family, k, reward),
    async score({ problem, text, signal }) {
      const database = problem.sql && sharedDatabase(await databases!(problem.sql.database));
      return scoreCompletion({
        family,
        problem,
        turn: text,
        k,
        engine: shared,
        spans,
        database,
        profile,
        reward,
        signal,
      });
    },
    async search(problem, query, signal) {
      if (problem.sql) return executed(await databases!(problem.sql.database), query, problem.sql.gold, signal);
      const result = await documentSearch(engine!, k, problem, query, signal);
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

/** Grade 1 for each hit that holds an answer, 0 for the others. */
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

/**
 * The result of a query to a database as a search result: one hit, whose grade is 1 where it equals the gold query's.
 */
async function executed(
  database: SqlDatabase,
  query: string,
  gold: string,
  signal: AbortSignal | undefined,
): Promise<SearchResult> {
  // without this a blank query would equal every gold query without rows
  if (isBlankSql(query)) return { hits: [], total: 0, warnings: ["no statement"], judgments: { [resultId]: 0 } };
  const predicted = await execute(database, query, signal);
  const wanted = await goldResult(sharedDatabase(database), gold, signal);
  const equal = predicted.kind === "rows" && wanted.kind === "rows" && sameRows(predicted.rows, wanted.rows);
  return {
    hits: predicted.kind === "rows" ? [{ docId: resultId, score: 1 }] : [],
    total: predicted.kind === "rows" ? predicted.rows.length : 0,
    warnings:
      predicted.kind === "failed"
        ? [predicted.message]
        : predicted.kind === "timeout"
          ? [`not done after ${predicted.seconds} s`]
          : [],
    judgments: { [resultId]: equal ? 1 : 0 },
  };
}
