import { mean } from "../estimators/masked";
import type { HeadroomRow } from "./headroom-rows";
import { passAtK } from "./pass-at-k";

/** What the answers say about a training to come. Shares are in [0, 1]; each says what it is a share of. */
export interface HeadroomFigures {
  readonly questions: number; // with two scored answers or more: only these are judged
  readonly answers: number; // that have a reward
  readonly outages: number; // answers without a reward
  readonly samples: number; // k of the larger pass@k: the fewest answers that a judged question has
  readonly passAt1: number; // chance that an answer is right
  readonly passAtK: number; // chance that one of `samples` answers is right
  readonly solvedQuestions: number; // share of questions with a right answer
  readonly withSpread: number; // share of questions whose answers did not all earn the same
  readonly spread: number; // mean standard deviation within a question, in units of the reward
  readonly reward: number; // mean
  readonly malformed: number; // share of answers
  readonly cut: number; // share of answers
}

/** Whether there is anything to learn, in words. */
export interface Verdict {
  readonly kind: "learnable" | "slow" | "flat";
  readonly text: string; // with its figures; a flat reward with the likeliest cure
}

/** The figures of the rows. Questions with fewer than two scored answers are left out: nothing is compared in them. */
export function headroomFigures(rows: readonly HeadroomRow[]): HeadroomFigures {
  const judged = rows.filter(({ answers }) => answers > 1);
  const answers = judged.reduce((sum, row) => sum + row.answers, 0);
  const samples = judged.length > 0 ? Math.min(...judged.map((row) => row.answers)) : 0;
  const share = (of: (row: HeadroomRow) => number) =>
    answers > 0 ? judged.reduce((sum, row) => sum + of(row), 0) / answers : 0;
  return {
    questions: judged.length,
    answers,
    outages: rows.reduce((sum, row) => sum + row.outages, 0),
    samples,
    passAt1: mean(judged.map((row) => passAtK(row.answers, row.solved, 1))),
    passAtK: mean(judged.map((row) => passAtK(row.answers, row.solved, samples))),
    solvedQuestions: mean(judged.map(({ solved }) => Number(solved > 0))),
    withSpread: mean(judged.map(({ spread }) => Number(spread > 0))),
    spread: mean(judged.map(({ spread }) => spread)),
    reward: share((row) => row.reward * row.answers),
    malformed: share(({ malformed }) => malformed),
    cut: share(({ cut }) => cut),
  };
}

const limits = {
  most: 0.5, // share of answers from which a fault is the cause
  flat: 0.1, // share of questions with spread, below which the reward is flat
  slow: 0.3, // and below which training is slow
  solved: 0.9, // pass@1 from which little is left
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const figure = (value: number): string => String(Number(value.toPrecision(3)));

/** One way in which training would come to nothing, with what to do. */
interface Cause {
  readonly holds: (figures: HeadroomFigures) => boolean;
  readonly text: (figures: HeadroomFigures) => string;
}

/** The causes of a flat reward, the one that explains the others first. */
const causes: readonly Cause[] = [
  {
    holds: ({ questions, outages }) => questions === 0 && outages > 0,
    text: ({ outages }) =>
      `no answer could be scored: ${outages} have no reward, because a server did not answer. ` +
      "Start the engine, or see its error in the rows.",
  },
  {
    holds: ({ questions }) => questions === 0,
    text: () => "no question has two scored answers. Ask for more answers and more questions.",
  },
  {
    holds: ({ cut, malformed }) => cut >= limits.most && malformed >= limits.most,
    text: ({ cut }) =>
      `${percent(cut)} of the answers were cut before they came to a query. Raise maxResponse, or teach shorter ` +
      "answers with sft.",
  },
  {
    holds: ({ malformed }) => malformed >= limits.most,
    text: ({ malformed }) =>
      `${percent(malformed)} of the answers are malformed and hold no query. Teach the form first, with sft on ` +
      "examples that completionOf writes, or start from a model that has it.",
  },
  {
    holds: ({ passAt1 }) => passAt1 >= limits.solved,
    text: ({ passAt1 }) =>
      `${percent(passAt1)} of the answers are right already. Use harder questions, or a reward that goes on paying ` +
      "above its highest tier.",
  },
  {
    holds: ({ solvedQuestions }) => solvedQuestions === 0,
    text: ({ samples, reward }) =>
      `no question was solved in ${samples} answers, and nearly all earn ${figure(reward)}. Start with sft on good ` +
      "queries, use easier questions, or a reward with degrees.",
  },
  {
    holds: () => true,
    text: ({ reward }) =>
      `the answers to a question nearly all earn the same (${figure(reward)} on average). Raise temperature, or use ` +
      "a reward with degrees.",
  },
];

/**
 * Says whether there is anything to learn. It refuses nothing: a flat reward is a fact that the reader may have reasons
 * for.
 */
export function judge(figures: HeadroomFigures): Verdict {
  const { questions, withSpread, passAt1, samples } = figures;
  const spread = `${percent(withSpread)} of ${questions} questions have answers that earn differently`;
  const pass = `pass@1 is ${figure(passAt1)} and pass@${samples} ${figure(figures.passAtK)}`;
  if (questions === 0 || withSpread < limits.flat) {
    const cause = causes.find(({ holds }) => holds(figures))!.text(figures);
    return { kind: "flat", text: `reward is flat: ${cause}${questions === 0 ? "" : ` (${spread}; ${pass}.)`}` };
  }
  const hindrance = causes.slice(2, 4).find(({ holds }) => holds(figures));
  const but = hindrance === undefined ? "" : ` But ${hindrance.text(figures)}`;
  if (withSpread < limits.slow)
    return {
      kind: "slow",
      text:
        `There is little to learn in a step: ${spread}, so that most groups have no gradient; ${pass}. Leave out ` +
        `the questions without spread, use a larger group, or dapo, which draws others in their place.${but}`,
    };
  return { kind: "learnable", text: `There is something to learn: ${spread}; ${pass}.${but}` };
}
