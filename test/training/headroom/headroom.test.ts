import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { SearchUnavailable } from "../../../lib/core/errors";
import type { Task } from "../../../lib/core/roles";
import { headroom } from "../../../lib/training/headroom/headroom";
import { headroomRows, type HeadroomRow, type SampledAnswer } from "../../../lib/training/headroom/headroom-rows";
import { headroomFigures, judge } from "../../../lib/training/headroom/judge";
import { passAtK } from "../../../lib/training/headroom/pass-at-k";
import { close, lettersTask, tensorsLeftBy, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

test("pass@k is drawn without replacement", () => {
  // 2 of 4 right: all pairs but the one of wrong answers, 1 − 1/6
  close([passAtK(4, 2, 1), passAtK(4, 2, 2), passAtK(4, 2, 3)], [0.5, 5 / 6, 1]);
  assert.equal([passAtK(8, 0, 8), passAtK(8, 1, 8), passAtK(1, 0, 1)], [0, 1, 0]);
  assert.throws(() => passAtK(4, 2, 5), /2 of 4 answers are right and k is 5/);
  assert.throws(() => passAtK(4, 5, 1), /passAtK/);
});

const answer = (question: string, reward: number, more: Partial<SampledAnswer> = {}): SampledAnswer => ({
  question,
  outcome: { kind: "scored", reward, query: "q", measures: {} },
  tokens: 5,
  cut: false,
  ...more,
});
const solved = ({ reward }: { readonly reward: number }) => reward >= 5;

test("rows count answers by question; outages enter no other column", () => {
  const outage = {
    kind: "outage",
    cause: "http",
    engine: "PubMed",
    why: "HTTP 503",
  } as unknown as SampledAnswer["outcome"];
  const rows = headroomRows(
    [
      answer("a", 6),
      answer("b", 0),
      answer("a", 2, { cut: true }),
      answer("a", 9, { outcome: outage }),
      answer("b", -4, { outcome: { kind: "malformed", reward: -4, why: "no answer" } }),
      answer("c", 0, { outcome: outage }),
    ],
    solved,
  );
  assert.equal(rows.slice(0, 2), [
    {
      question: "a",
      answers: 2,
      solved: 1,
      malformed: 0,
      cut: 1,
      outages: 1,
      reward: 4,
      best: 6,
      spread: Math.sqrt(8),
    },
    {
      question: "b",
      answers: 2,
      solved: 0,
      malformed: 1,
      cut: 0,
      outages: 0,
      reward: -2,
      best: 0,
      spread: Math.sqrt(8),
    },
  ]);
  assert.equal([rows[2]!.answers, rows[2]!.outages, rows[2]!.reward], [0, 1, NaN]);
  const figures = headroomFigures(rows);
  assert.equal([figures.questions, figures.outages, figures.passAt1, figures.passAtK], [2, 2, 0.25, 0.5]);
  assert.equal([figures.solvedQuestions, figures.reward, figures.malformed, figures.cut], [0.5, 1, 0.25, 0.25]);
});

const row = (more: Partial<HeadroomRow>): HeadroomRow => ({
  question: "a",
  answers: 8,
  solved: 0,
  malformed: 0,
  cut: 0,
  outages: 0,
  reward: 1,
  best: 1,
  spread: 0,
  ...more,
});
const verdictOf = (...rows: readonly HeadroomRow[]) => judge(headroomFigures(rows));

/** Each way in which there is nothing to learn, and the cure that is named. */
const flat: readonly (readonly [string, readonly HeadroomRow[], RegExp])[] = [
  [
    "the engine is down",
    [row({ answers: 0, outages: 8, reward: NaN })],
    /no answer could be scored: 8 have no reward.*Start the engine/,
  ],
  ["nothing was asked", [], /no question has two scored answers/],
  ["answers are cut", [row({ malformed: 8, cut: 8 })], /100 % of the answers were cut before.*Raise maxResponse/],
  ["answers have no form", [row({ malformed: 8 })], /100 % of the answers are malformed.*sft/],
  ["all is solved", [row({ solved: 8, reward: 6 })], /100 % of the answers are right already. Use harder questions/],
  ["nothing is solved", [row({ reward: -2.5 })], /no question was solved in 8 answers, and nearly all earn -2.5.*sft/],
  ["all earn the same", [row({ solved: 8 }), row({ solved: 0 })], /nearly all earn the same.*Raise temperature/],
];
for (const [what, rows, message] of flat)
  test(`the reward is flat where ${what}`, () => {
    const { kind, text } = verdictOf(...rows);
    assert.is(kind, "flat");
    assert.match(text, /^reward is flat: /);
    assert.match(text, message);
    assert.not.match(text, /NaN|undefined/);
  });

test("where few groups have spread, training is slow, and dynamic sampling is named", () => {
  const { kind, text } = verdictOf(row({ spread: 1, solved: 4 }), ...Array<HeadroomRow>(4).fill(row({ solved: 8 })));
  assert.is(kind, "slow");
  assert.match(text, /20 % of 5 questions have answers that earn differently.*dapo/);
});

test("where answers differ there is something to learn, with pass@1 and pass@8", () => {
  const { kind, text } = verdictOf(row({ spread: 1, solved: 4 }), row({ spread: 2, solved: 0 }));
  assert.is(kind, "learnable");
  assert.match(text, /100 % of 2 questions.*pass@1 is 0.25 and pass@8 0.5/);
  const half = verdictOf(row({ spread: 1, malformed: 5, solved: 1 }));
  assert.is(half.kind, "learnable");
  assert.match(half.text, /But 63 % of the answers are malformed/);
});

test("a policy is sampled on a task, the same for the same seed, and nothing is left behind", async () => {
  const policy = tinyPolicy();
  const options = {
    questions: 3,
    answers: 4,
    maxResponse: 6,
    seed: 7,
    solved: ({ reward }: { reward: number }) => reward > 1,
  };
  const first = await headroom(policy, lettersTask(), options);
  assert.equal([first.rows.length, first.figures.samples, first.rows[0]!.answers], [3, 4, 4]);
  assert.ok(first.cost.seconds.step > 0 && first.cost.bytes > 0);
  assert.match(inspect(first), /12 answers to 3 questions: .*\nA step of 64 responses takes about .* s \(writing/);
  let second = first;
  assert.is(await tensorsLeftBy(async () => void (second = await headroom(policy, lettersTask(), options))), 0);
  assert.equal(second.rows, first.rows);
  policy.dispose();
});

test("an engine that is down for some answers is counted, and its answers enter no figure", async () => {
  const policy = tinyPolicy();
  let calls = 0;
  const task: Task = {
    ...lettersTask(),
    score: async (problem, text) => {
      if (calls++ % 4 === 0) throw new SearchUnavailable("PubMed", "HTTP 503", "Try again later.");
      return lettersTask().score(problem, text);
    },
  };
  const { figures, rows } = await headroom(policy, task, { questions: 2, answers: 4, maxResponse: 4 });
  assert.equal([figures.outages, figures.answers, figures.samples], [2, 6, 3]);
  assert.equal(
    rows.map(({ outages }) => outages),
    [1, 1],
  );
  policy.dispose();
});

test("wrong options are refused by name, a task without problems and a broken reward too", async () => {
  const policy = tinyPolicy();
  const refused = async (task: Task, options: object, message: RegExp) => {
    try {
      await headroom(policy, task, options);
    } catch (error) {
      return assert.match((error as Error).message, message);
    }
    assert.unreachable(String(message));
  };
  await refused(lettersTask(), { answers: 1 }, /headroom: answers is 1; it must be a whole number from 2/);
  await refused(lettersTask(), { question: 3 }, /unknown setting "question".*questions/);
  await refused({ ...lettersTask(), problems: [] }, {}, /letters has no problems/);
  const broken: Task = {
    ...lettersTask(),
    score: async () => ({ kind: "scored", reward: NaN, query: "", measures: {} }),
  };
  await refused(broken, { questions: 1, answers: 2, maxResponse: 2 }, /the reward of problem .* is NaN/);
  policy.dispose();
});

test.run();
