import type { Problem, Score } from "../core/records";
import type { SearchEngine, SqlDatabase } from "../core/roles";
import { spanTokens } from "../metrics/answer-span";
import { type ParsedAnswer, parseAnswer } from "../prompts/answer";
import { execute, executionReward, isBlankSql } from "./execution-reward";
import type { Family, ProfileName } from "./families";
import { goldResult } from "./gold-result";
import { type Gold, goldOf, relevantJudgments } from "./gold";
import { ndcgReward } from "./ndcg-reward";
import type { RecallReward } from "./recall-choice";
import { type Spans, rankReward } from "./rank-reward";
import { countedRecallReward, type QueryReward, recallReward } from "./recall-reward";

/** One turn to be rewarded, and what runs its query. */
export interface Attempt {
  readonly family: Family;
  readonly turn: string; // the assistant's turn, with what its prompt had opened
  readonly engine?: SearchEngine | undefined; // of the families that search
  readonly spans?: Spans | undefined; // the passages of the rank family
  readonly database?: SqlDatabase | undefined; // of the execution family
  readonly k?: number | undefined; // hits looked at, instead of the family's
  readonly reward?: RecallReward | undefined; // of the recall family; "tiers" if absent
  readonly profile?: ProfileName | undefined; // "safe" if absent
  readonly signal?: AbortSignal | undefined;
}

/** An attempt at `problem`. */
export interface ScoreRequest extends Attempt {
  readonly problem: Pick<Problem, "id" | "judgments" | "maxDate" | "answers" | "sql">;
}

/** An attempt at a gold standard that is no Problem. */
interface GoldRequest extends Attempt {
  readonly id: string; // for errors
  readonly gold: Gold;
  readonly maxDate?: string;
}

/** `scoreGold` of a problem. */
export const scoreCompletion = ({ problem, ...attempt }: ScoreRequest): Promise<Score> =>
  scoreGold({
    ...attempt,
    id: problem.id,
    gold: goldOf(problem),
    ...(problem.maxDate !== undefined && { maxDate: problem.maxDate }),
  });

/**
 * Runs the query that a turn proposes and rewards what it finds.
 *
 * A malformed turn is a score and costs no search. The error of an engine that is down is thrown: the query was not
 * run, so it has no reward. In `safe`, throws RangeError for a problem that nothing can solve (no relevant document, no
 * answer, a gold query that fails); in `reference` such a problem earns what DeepRetrieval's code gives.
 */
export async function scoreGold(request: GoldRequest): Promise<Score> {
  const { family, turn, id, profile = "safe" } = request;
  const answer = readAnswer(turn, family, profile);
  if (answer.kind === "malformed")
    return { kind: "malformed", reward: family.faults[profile][answer.fault], why: answer.why };
  const { reward, measures, note, warnings } = await queryReward(request, answer.query, profile);
  const remarks = note === undefined ? warnings : [...warnings, note];
  if (!Number.isFinite(reward))
    throw new RangeError(
      `scoreCompletion: the reward of problem ${id} is ${reward}. Its grades must be finite numbers.`,
    );
  const score = { kind: "scored", reward, query: answer.query, measures } as const;
  return remarks.length > 0 ? { ...score, warnings: remarks } : score;
}

/**
 * The query in `turn`, by the rules of a family: `safe` takes none that is blank, `reference` all that the reference
 * would run.
 */
export function readAnswer(turn: string, { reasoning, key, sent }: Family, profile: ProfileName): ParsedAnswer {
  const answer = parseAnswer(turn, { reasoning, key, query: profile === "safe" ? "filled" : sent });
  if (profile === "safe" && key === "sql" && answer.kind === "query" && isBlankSql(answer.query))
    return {
      kind: "malformed",
      fault: "empty",
      why: `there is no statement in ${JSON.stringify(answer.query.slice(0, 60))}`,
    };
  return answer;
}

type SearchReward = QueryReward & { readonly warnings: readonly string[] };

/** Runs `query` and rewards what it finds. */
async function queryReward(request: GoldRequest, query: string, profile: ProfileName): Promise<SearchReward> {
  const { family, gold, id, signal } = request;
  if (profile === "safe") solvable(gold, id);
  if (family.kind === "execution") {
    const { sql } = goldOfKind(gold, "sql", family, id);
    const database = required(request, "database");
    const predicted = await execute(database, query, signal);
    const result = await goldResult(database, sql, signal);
    if (profile === "safe" && result.kind === "failed")
      throw new RangeError(
        `scoreCompletion: the gold query of problem ${id} fails: ${result.message}. Leave the problem out of the ` +
          `task, or repair ${JSON.stringify(sql.slice(0, 80))}.`,
      );
    return { ...executionReward(predicted, result, { family, profile }), warnings: [] };
  }
  const { k = family.k, maxDate, reward } = request;
  const engine = required(request, "engine");
  const options = { ...(maxDate !== undefined && { maxDate }), ...(signal && { signal }) };
  if (family.kind === "recall" && engine.recall) {
    const documents = goldOfKind(gold, "documents", family, id);
    const { found, total, warnings } = await engine.recall(query, relevantJudgments(documents), k, options);
    return { ...countedRecallReward({ found, total }, documents, { family, k, profile, reward }), warnings };
  }
  const result = await engine.search(query, k, options);
  const { warnings } = result;
  switch (family.kind) {
    case "recall":
      return {
        ...recallReward(result, goldOfKind(gold, "documents", family, id), { family, k, profile, reward }),
        warnings,
      };
    case "ndcg":
      return { ...ndcgReward(result, goldOfKind(gold, "documents", family, id), { family, k, profile }), warnings };
    case "rank":
      return {
        ...(await rankReward(result, goldOfKind(gold, "answers", family, id), required(request, "spans"), {
          family,
          k,
          profile,
        })),
        warnings,
      };
  }
}

/** Throws unless there is something to find. */
function solvable(gold: Gold, id: string): void {
  const nothing = (what: string, why: string) =>
    new RangeError(`scoreCompletion: problem ${id} has no ${what}, so ${why}. Leave it out of the task.`);
  if (gold.kind === "documents" && !gold.grades.some((grade) => grade > 0))
    throw nothing("relevant document", "its recall is 0/0");
  if (gold.kind === "answers" && !gold.answers.some((answer) => spanTokens(answer).length > 0))
    throw nothing("answer", "no passage can hold one");
  if (gold.kind === "sql" && isBlankSql(gold.sql)) throw nothing("gold query", "there is no result to compare with");
}

function goldOfKind<K extends Gold["kind"]>(
  gold: Gold,
  kind: K,
  family: Family,
  id: string,
): Extract<Gold, { kind: K }> {
  if (gold.kind === kind) return gold as Extract<Gold, { kind: K }>;
  throw new TypeError(
    `scoreCompletion: problem ${id} has ${gold.kind}, but ${family.name} is rewarded by ${kind}. Give it the ` +
      "family of its data set.",
  );
}

function required<K extends "engine" | "spans" | "database">(
  request: GoldRequest,
  what: K,
): NonNullable<GoldRequest[K]> {
  const value = request[what];
  if (value !== undefined) return value as NonNullable<GoldRequest[K]>;
  throw new TypeError(`scoreCompletion: ${what} is missing; rewards of ${request.family.name} need one.`);
}
