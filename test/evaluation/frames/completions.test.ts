import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../../lib/core/records";
import type { Rewriter, Sampler, Task } from "../../../lib/core/roles";
import { originalQuery } from "../../../lib/evaluation/systems/baselines";
import { completions } from "../../../lib/evaluation/frames/completions";
import { evaluate, type Result } from "../../../lib/evaluation/evaluate";
import { recallAt } from "../../../lib/metrics/recall";
import { rewriter } from "../../../lib/serving/rewriter";

/** The rows of the frame of completions. */
const valuesOf = (results: readonly Result[]): unknown[][] => completions(results).values as unknown[][];

const problems: Problem[] = ["heart", "stroke", "gout"].map((query, i) => ({
  id: `q${i}`,
  query,
  judgments: { a: 1, b: 2, c: 0, [`d${i}`]: 1 },
}));
const task: Task = {
  name: "docs",
  problems,
  metrics: [recallAt(10)],
  prompt: ({ query }) => `${query}\n<think>`,
  score: async () => ({ kind: "scored", reward: 0, query: "", measures: {} }),
  search: async () => ({
    hits: [
      { docId: "a", score: 2 },
      { docId: "c", score: 1 },
    ],
    total: 17,
    warnings: ["OR was taken as a word", "* ignored"],
  }),
};
const texts = [
  ' it is a muscle </think>\n<answer>{"query": "heart OR cardiac"}</answer>',
  "I do not kn",
  "so</think><answer>query</answer>",
];
const sampler: Sampler = {
  name: "model",
  generate: async (prompts) =>
    prompts.map((_, i) => ({ text: texts[i]!, tokens: [1, 2], logps: [-1, -1], finished: i !== 1 })),
};

async function all(...systems: Rewriter[]): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of evaluate(task, systems)) results.push(result);
  return results;
}

test("every completion is in the results, with its reasoning, its query, and how the measures came about", async () => {
  const frame = completions(await all(rewriter(sampler, task)));
  assert.equal(frame.columns, [
    "system",
    "qid",
    "question",
    "query",
    "R@10",
    "found",
    "relevant",
    "judged",
    "matches",
    "malformed",
    "why",
    "completion",
    "reasoning",
    "cut",
    "warnings",
  ]);
  // relevant are a, b and one more: 3; found a and c, of which c has grade 0
  assert.equal(frame.values[0], [
    "model",
    "q0",
    "heart",
    "heart OR cardiac",
    1 / 3,
    2,
    1,
    3,
    17,
    false,
    "",
    texts[0],
    "it is a muscle",
    false,
    "OR was taken as a word\n* ignored",
  ]);
});

test("malformed answers are there, with what is wrong with them; nothing was searched for them", async () => {
  const rows = valuesOf(await all(rewriter(sampler, task))).slice(1);
  assert.equal(rows[0], [
    "model",
    "q1",
    "stroke",
    "",
    0,
    0,
    0,
    3,
    0,
    true,
    "expected <think>…</think>…<answer>…</answer>, each once: found </think> 0 times",
    "I do not kn",
    "I do not kn",
    true,
    "",
  ]);
  assert.equal(rows[1]!.slice(9, 13), [true, "the answer is not JSON: query", texts[2], "so"]);
});

test("with the question as typed in place of a malformed answer, the fault is told all the same", async () => {
  const [, second] = await all(rewriter(sampler, task, { fallback: "typed" }));
  assert.equal([second!.query, second!.malformed, second!.written!.completion], ["stroke", undefined, "I do not kn"]);
  assert.match(second!.written!.why!, "found </think> 0 times");
});

test("systems without a model have no completion; a rewriter around another keeps its own queries", async () => {
  const inner = rewriter(sampler, task);
  const shouting: Rewriter = {
    name: "shouting",
    rewrite: async (some) => (await inner.rewrite(some)).map((query) => query.toUpperCase()),
  };
  const results = await all(originalQuery, shouting);
  assert.equal(
    results.map(({ query }) => query),
    ["heart", "stroke", "gout", "HEART OR CARDIAC", "", ""],
  );
  assert.equal(
    results.map(({ written }) => written),
    Array(6).fill(undefined),
  );
  assert.is(valuesOf(results)[0]![11], "");
});

test("queries are a plain list, and results survive JSON with all that was written", async () => {
  assert.equal(await rewriter(sampler, task).rewrite(problems), ["heart OR cardiac", "", ""]);
  const results = await all(rewriter(sampler, task));
  assert.equal(JSON.parse(JSON.stringify(results)), results);
});

test("an evaluation knows its length; bad arguments are still refused at its first result", async () => {
  const run = evaluate(task, [originalQuery, rewriter(sampler, task)]);
  assert.equal([run.total, run.label], [6, "query"]);
  try {
    for await (const _ of evaluate(task, [])) assert.unreachable("evaluated nothing");
  } catch (error) {
    assert.match((error as Error).message, "evaluate: no systems");
  }
});

test("nothing to show is said", () => assert.throws(() => completions([]), /completions: no rows/));

test.run();
