import { inspect } from "node:util";
import { throwIfAborted } from "../../core/errors";
import { mapLimit } from "../../core/calls/limit";
import { abortSignal, above, callable, share, whole, type Range } from "../../core/ranges";
import { random } from "../../core/random";
import type { Score } from "../../core/records";
import { rewardOutcome } from "../../core/reward-outcome";
import type { Task } from "../../core/roles";
import { checkOptions } from "../../core/settings";
import { checkedScore, promptsOf } from "../../core/task-outputs";
import type { Policy } from "../../models/policy";
import { headroomRows, type HeadroomRow, type SampledAnswer } from "./headroom-rows";
import { headroomFigures, judge, type HeadroomFigures, type Verdict } from "./judge";
import { stepCost, type StepCost } from "./step-cost";

/** How headroom samples. */
export interface HeadroomOptions {
  readonly questions?: number; // problems, drawn without repetition; 64
  readonly answers?: number; // responses to each; 8
  readonly maxResponse?: number; // tokens; 144
  readonly temperature?: number; // as in the training to come; 1
  readonly topP?: number;
  readonly searches?: number; // in flight; 8
  readonly batchSize?: number; // responses of the step whose cost is estimated; 64
  readonly miniBatch?: number; // responses of its optimizer steps; 16
  readonly seed?: number;
  /**
   * Which answers are right, for pass@k. Without it: those whose first measure is .7 or more, the highest tier of
   * DeepRetrieval's reward; of a task without measures, those with a reward above 0.
   */
  readonly solved?: (score: Score) => boolean;
  readonly signal?: AbortSignal;
}

const ranges: Readonly<Record<keyof HeadroomOptions, Range>> = {
  questions: whole(1),
  answers: whole(2),
  maxResponse: whole(1),
  temperature: above(0),
  topP: share,
  searches: whole(1),
  batchSize: whole(1),
  miniBatch: whole(1),
  seed: whole(0),
  solved: callable,
  signal: abortSignal,
};

/** What a policy can learn on a task, estimated before training. */
export interface Headroom {
  readonly verdict: Verdict; // whether there is anything to learn, in words
  readonly figures: HeadroomFigures;
  readonly cost: StepCost; // of a step of training
  readonly rows: readonly HeadroomRow[]; // one a question, for a frame
  readonly task: string;
  readonly policy: string;
}

const isSolved = (score: Score): boolean => {
  if (score.kind === "malformed") return false;
  const [first] = Object.values(score.measures);
  return first === undefined ? score.reward > 0 : first >= 0.7;
};

/**
 * Samples answers to questions of a task and says whether there is anything to learn: how many questions are solved,
 * how much the answers to one question differ in reward, pass@k against pass@1, format errors, tokens cut, and what a
 * step will take. It trains nothing and refuses nothing.
 *
 * An answer whose reward is not known, because an engine was down, is counted as an outage and enters no other figure.
 * The same seed gives the same questions and the same answers.
 *
 * @throws TypeError or RangeError for an option that is wrong; Interrupted after an abort
 */
export async function headroom(policy: Policy, task: Task, options: HeadroomOptions = {}): Promise<Headroom> {
  checkOptions("headroom", options, ranges);
  const { questions = 64, answers = 8, maxResponse = 144, temperature = 1, topP = 1, searches = 8, seed = 0 } = options;
  const { batchSize = 64, miniBatch = Math.min(16, batchSize), solved = isSolved, signal } = options;
  if (task.problems.length === 0)
    throw new RangeError(`headroom: ${task.name} has no problems. Load a split that has some.`);
  const rng = random(seed).fork("headroom", 0);
  const drawn = rng.fork("questions", 0).shuffle(task.problems).slice(0, questions);
  const problems = drawn.flatMap((problem) => Array.from({ length: answers }, () => problem));
  const prompts = promptsOf(task, problems);

  const started = performance.now();
  const sampling = { maxTokens: maxResponse, temperature, topP, rng: rng.fork("answers", 0) };
  const completions = await policy.generate(prompts, signal ? { ...sampling, signal } : sampling);
  const generated = performance.now();
  throwIfAborted(signal, "headroom");
  const outcomes = await mapLimit(completions, searches, ({ text }, i) =>
    rewardOutcome(async () =>
      checkedScore(task, problems[i]!, text, await task.score(problems[i]!, text, signal ? { signal } : {})),
    ),
  );
  const seconds = { generate: (generated - started) / 1000, reward: (performance.now() - generated) / 1000 };

  const sampled: SampledAnswer[] = completions.map(({ tokens, finished }, i) => ({
    question: problems[i]!.id,
    outcome: outcomes[i]!,
    tokens: tokens.length,
    cut: !finished,
  }));
  const rows = headroomRows(sampled, solved);
  const figures = headroomFigures(rows);
  const sequences = completions.map(({ tokens }, i) => ({
    prompt: policy.tokenizer.encode(prompts[i]!),
    response: tokens,
  }));
  const cost = stepCost(policy, sequences, seconds, { responses: batchSize, miniBatch });
  const result = { verdict: judge(figures), figures, cost, rows, task: task.name, policy: policy.name };
  return Object.defineProperty(result, inspect.custom, { value: () => described(result), enumerable: false });
}

/** The result as the last line of a cell shows it. */
function described({ verdict, figures, cost, task, policy }: Headroom): string {
  const whole = (value: number) => String(Number(value.toPrecision(2)));
  const { generate, reward, update, step } = cost.seconds;
  return [
    `${policy} on ${task}, ${figures.answers} answers to ${figures.questions} questions: ${verdict.text}`,
    `A step of ${cost.responses} responses takes about ${whole(step)} s (writing ${whole(generate)}, reward ` +
      `${whole(reward)}, update ${whole(update)}) and ${(cost.bytes / 1e9).toFixed(1)} GB; a critic takes one more ` +
      "update.",
    ...(figures.outages > 0 ? [`${figures.outages} answers have no reward, because an engine did not answer.`] : []),
  ].join("\n");
}
