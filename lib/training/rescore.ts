import { existsSync, readFileSync } from "node:fs";
import { CorruptData, SearchUnavailable } from "../core/errors";
import { rewardOutcome } from "../core/reward-outcome";
import type { Problem, Score } from "../core/records";
import type { Task } from "../core/roles";
import { shown } from "../core/settings";
import { expectNumber } from "../core/task-outputs";
import { writtenOf, type KeptRollouts, type StepRollouts, type StepTexts, type WrittenRollout } from "../core/written";
import { mean } from "./estimators/masked";

/** Another reward for a saved response: a number, or a score. It throws SearchUnavailable where an engine is down. */
export type Reward = (problem: Problem, completion: string) => number | Score | Promise<number | Score>;

/** One response, as a row of a data frame. */
export interface RolloutRow {
  readonly step: number;
  readonly id: string;
  readonly question: string;
  readonly kind: "scored" | "malformed" | "outage";
  readonly reward: number; // NaN of an outage
  readonly query: string;
  readonly completion: string;
  readonly tokens: number;
  readonly finished: boolean;
}

/** One response under two rewards. */
export interface RescoredRow {
  readonly step: number;
  readonly id: string;
  readonly completion: string;
  readonly reward: number; // as it was; NaN of an outage
  readonly rescored: number; // under the other reward; NaN where its engine was down
  readonly advantage: number; // reward less the mean of its group, or of its step where there are no groups
  readonly rescoredAdvantage: number;
}

/** The responses of a step, or of all steps. Throws RangeError for a step without any. */
export function rolloutRows(texts: readonly StepTexts[], step?: number): RolloutRow[] {
  return writtenIn(texts, step).flatMap(({ step: at, rollouts }) =>
    rollouts.map(({ id, question = "", score, text, tokens, finished }) => ({
      step: at,
      id,
      question,
      kind: score.kind,
      reward: score.kind === "outage" ? NaN : score.reward,
      query: score.kind === "scored" ? score.query : "",
      completion: text,
      tokens,
      finished,
    })),
  );
}

/** Scores saved responses again. Nothing is sampled and no weight changes. */
export async function rescored(
  task: Task,
  texts: readonly StepTexts[],
  group: number,
  reward: Reward,
  step?: number,
): Promise<RescoredRow[]> {
  if (typeof reward !== "function")
    throw new TypeError(
      `rescore: the new reward is ${shown("reward", reward)}; it must be a function, such as ` +
        "(problem, completion) => completion.length.",
    );
  const problems = new Map(task.problems.map((problem) => [problem.id, problem]));
  const rows: RescoredRow[] = [];
  for (const { step: at, rollouts } of writtenIn(texts, step)) {
    const known: { id: string; text: string; before: number; after: number; place: number }[] = [];
    for (const [i, { id, text, score }] of rollouts.entries()) {
      const after = await rewardOf(task, problems.get(id)!, text, reward);
      const before = score.kind === "outage" ? NaN : score.reward;
      known.push({ id, text, before, after, place: group > 1 ? Math.floor(i / group) : 0 });
    }
    const centre = (place: number, which: "before" | "after"): number =>
      mean(known.flatMap((each) => (each.place === place && !Number.isNaN(each[which]) ? [each[which]] : [])));
    rows.push(
      ...known.map(({ id, text, before, after, place }) => ({
        step: at,
        id,
        completion: text,
        reward: before,
        rescored: after,
        advantage: before - centre(place, "before"),
        rescoredAdvantage: after - centre(place, "after"),
      })),
    );
  }
  return rows;
}

/** What a user's reward gives. An error of it names the response; an engine that is down is what it is. */
async function called<T>(reward: () => T | Promise<T>, what: string): Promise<T> {
  try {
    return await reward();
  } catch (cause) {
    if ((cause as Partial<Error> | null)?.name === SearchUnavailable.name) throw cause;
    throw new Error(`${what} threw ${String(cause)}. Nothing was changed: mend the reward, and rescore again.`, {
      cause,
    });
  }
}

async function rewardOf(task: Task, problem: Problem, text: string, reward: Reward): Promise<number> {
  const about = `of problem ${problem.id} for ${JSON.stringify(text.slice(0, 60))}`;
  const outcome = await rewardOutcome(async () => {
    const made = await called(() => reward(problem, text), `rescore: the new reward ${about}`);
    const value: unknown = typeof made === "object" ? made?.reward : made;
    expectNumber(task, "new reward", about, value);
    return { kind: "scored", reward: value as number, query: "", measures: {} };
  });
  return outcome.kind === "outage" ? NaN : outcome.reward;
}

function writtenIn(
  texts: readonly StepTexts[],
  step?: number,
): { step: number; rollouts: readonly WrittenRollout[] }[] {
  const wanted = texts.filter(({ training }) => step === undefined || training.step === step);
  if (wanted.length === 0)
    throw new RangeError(
      `train: there are no rollouts${step === undefined ? "" : ` of step ${step}`}; this run has made ` +
        `${texts.length} steps. Run at least one.`,
    );
  return wanted.map(({ training }) => ({ step: training.step, rollouts: rolloutsOf(training) }));
}

function rolloutsOf({ step, rollouts }: KeptRollouts): readonly WrittenRollout[] {
  if (!("file" in rollouts)) return rollouts;
  const { file } = rollouts;
  const line = (existsSync(file) ? readFileSync(file, "utf8") : "")
    .split("\n")
    .filter((text) => text.startsWith(`{"step":${step},`) && text.endsWith("}"))
    .at(-1);
  if (line === undefined)
    throw new CorruptData(file, `it has no rollouts of step ${step}`, "It was moved: an earlier run stands beside it.");
  return (JSON.parse(line) as StepRollouts).rollouts.map(writtenOf);
}
