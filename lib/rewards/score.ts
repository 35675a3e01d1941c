import type { Problem, Score } from "../core/records";
import type { SearchEngine } from "../core/roles";
import { recall } from "../metrics/recall";
import { type QueryRule, parseAnswer } from "../prompts/answer";
import { type RecallProfileName, recallProfiles, recallReward } from "./recall-reward";

/** One turn to be rewarded, and what to reward it by. */
export interface ScoreRequest {
  readonly engine: SearchEngine;
  readonly problem: Problem;
  readonly turn: string; // the assistant's turn, with what its prompt had opened
  readonly k: number; // hits looked at
  readonly profile?: RecallProfileName; // "safe" unless said
  readonly reasoning?: boolean; // false: the prompt asked for no <think>
  readonly query?: QueryRule; // the profile's unless said; DeepRetrieval's ctgov.py takes "any"
  readonly signal?: AbortSignal;
}

/**
 * Runs the query that a turn proposes and rewards what it finds.
 *
 * A malformed turn is a score and costs no search. An engine that is down throws through: nobody ran the
 * query, so it has no reward. Throws RangeError for a problem without relevant documents, whose recall is 0/0.
 */
export async function scoreCompletion(request: ScoreRequest): Promise<Score> {
  const { engine, problem, turn, k, profile = "safe", reasoning = true, query = recallProfiles[profile].query, signal } = request;
  const answer = parseAnswer(turn, { reasoning, query });
  if (answer.kind === "malformed") return { kind: "malformed", reward: recallReward(answer, undefined, profile), why: answer.why };
  if (!Object.values(problem.judgments).some((grade) => grade > 0)) {
    throw new RangeError(`scoreCompletion: problem ${problem.id} has no relevant document, so its recall is 0/0. Leave it out of the task.`);
  }
  const { hits, warnings } = await engine.search(answer.query, k, { maxDate: problem.maxDate, signal });
  const found = recall(hits, problem.judgments, k);
  const reward = recallReward(answer, found, profile);
  const score = { kind: "scored", reward, query: answer.query, measures: { [`R@${k}`]: found } } as const;
  return warnings.length > 0 ? { ...score, warnings } : score;
}
