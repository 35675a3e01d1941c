import type { Problem } from "../../../core/records";
import type { Task } from "../../../core/roles";
import { openedBy } from "../../../prompts/answer";
import { completionAfter } from "../../../prompts/templates";
import { verlRows } from "../../verl/rows";

/** A completion whose reward is computed here and on the cluster. */
export interface PreflightSample {
  readonly problem: Problem;
  readonly what: string; // of the completion, for a reader
  readonly completion: string; // after the prompt of the task
  readonly row: Readonly<Record<string, unknown>>; // the same as verl hands it to compute_score
}

/** What is written for four problems each: an answer to search with, and one that is wrong in its own way. */
const wrong: readonly (readonly [what: string, of: (good: string) => string])[] = [
  ["no tags", () => "I would search for that."],
  ["cut off", (good) => good.slice(0, Math.floor(good.length / 2))],
  ["no JSON", (good) => good.replace(/\{[^]*\}/, "{query")],
  ["nothing", () => ""],
];

/** What this machine gives for one sample. */
export interface PreflightReward {
  readonly problem: string; // its id
  readonly answer: string; // what kind it is
  readonly reward: number;
}

/**
 * The rewards that `preflight` compares, as this machine has them: eight samples of a task, the same ones each time.
 * Throws RangeError for a task without problems, and SearchUnavailable where its engine is down.
 */
export async function preflightRewards(task: Task, signal?: AbortSignal): Promise<PreflightReward[]> {
  const rewards: PreflightReward[] = [];
  for (const { problem, what, completion } of preflightSamples(task)) {
    const { reward } = await task.score(problem, completion, { signal });
    rewards.push({ problem: problem.id, answer: what, reward });
  }
  return rewards;
}

/** Eight samples of a task, the same ones each time: four problems that are spread over it, and two answers to each. */
export function preflightSamples(task: Task): PreflightSample[] {
  const { problems } = task;
  if (problems.length === 0) throw new RangeError(`ray: ${task.name} has no problems to score.`);
  const chosen = [0, 1, 2, 3].map((i) => Math.floor((i * problems.length) / 4));
  const rows = verlRows({ ...task, problems: chosen.map((i) => problems[i]!) }, "train");
  return chosen.flatMap((place, i) => {
    const problem = problems[place]!;
    const prompt = task.prompt(problem);
    const key = problem.sql ? "sql" : "query";
    const query = (i % 2 === 1 ? problem.expert : undefined) ?? problem.sql?.gold ?? problem.query;
    const good = completionAfter(prompt, query, { key });
    const [what, of] = wrong[i]!;
    const { data_source, reward_model, extra_info } = rows[i]!;
    return [
      { what: query === problem.query ? "question as typed" : "expert query", completion: good },
      { what, completion: of(good) },
    ].map(({ what, completion }) => ({
      problem,
      what,
      completion,
      // a model that verl trains writes the tag itself that the prompts here have opened
      row: {
        data_source,
        solution_str: /<\/?\w/.test(completion) ? openedBy(prompt).trim() + completion : completion,
        ground_truth: reward_model.ground_truth,
        extra_info,
      },
    }));
  });
}
