import type { Score } from "../../core/records";
import type { RewardOutcome } from "../../core/reward-outcome";
import { mean, variance } from "../estimators/masked";

/** One answer of the policy to one question, and its score. */
export interface SampledAnswer {
  readonly question: string; // the problem's id
  readonly outcome: RewardOutcome;
  readonly tokens: number;
  readonly cut: boolean; // ended by the token limit
}

/** How the answers to one question turned out; numbers and texts only, so that a frame can be made of the rows. */
export interface HeadroomRow {
  readonly question: string;
  readonly answers: number; // that have a reward
  readonly solved: number;
  readonly malformed: number;
  readonly cut: number;
  readonly outages: number; // answers without a reward, because a server did not answer; no other column counts them
  readonly reward: number; // mean; NaN where no answer has a reward
  readonly best: number;
  readonly spread: number; // unbiased standard deviation of the rewards; 0: nothing tells a better answer
}

/** The answers by question, in order of first appearance. */
export function headroomRows(
  answers: readonly SampledAnswer[],
  solved: (score: Score) => boolean,
): readonly HeadroomRow[] {
  const byQuestion = new Map<string, SampledAnswer[]>();
  for (const answer of answers) {
    const own = byQuestion.get(answer.question);
    if (own) own.push(answer);
    else byQuestion.set(answer.question, [answer]);
  }
  return [...byQuestion].map(([question, own]) => {
    const known = own.flatMap(({ outcome, cut }) => (outcome.kind === "outage" ? [] : [{ score: outcome, cut }]));
    const rewards = known.map(({ score }) => score.reward);
    return {
      question,
      answers: known.length,
      solved: known.filter(({ score }) => solved(score)).length,
      malformed: known.filter(({ score }) => score.kind === "malformed").length,
      cut: known.filter(({ cut }) => cut).length,
      outages: own.length - known.length,
      reward: rewards.length > 0 ? mean(rewards) : NaN,
      best: rewards.length > 0 ? Math.max(...rewards) : NaN,
      spread: rewards.every((reward) => reward === rewards[0]) ? 0 : Math.sqrt(variance(rewards)),
    };
  });
}
