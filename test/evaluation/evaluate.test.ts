import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import type { Problem } from "../../lib/core/records";
import type { Rewriter, Task } from "../../lib/core/roles";
import { type Result, evaluate } from "../../lib/evaluation/evaluate";
import { recallAt } from "../../lib/metrics/recall";

const problems: Problem[] = ["ab", "cd", "ef"].map((query, i) => ({ id: `q${i}`, query, judgments: { a: 1, c: 1 } }));
const typed: Rewriter = { name: "typed", rewrite: async (some) => some.map(({ query }) => query) };
const silent: Rewriter = { name: "silent", rewrite: async (some) => some.map(() => "") };

/** Returns the letters of a query as documents; "!" is an outage. */
const letters = (searched: string[] = []): Task => ({
  name: "letters",
  problems,
  prompt: ({ query }) => query,
  score: () => assert.unreachable("evaluation does not reward") as never,
  search: async (_, query) => {
    searched.push(query);
    if (query === "!") throw new SearchUnavailable("PubMed", "HTTP 503", "Wait.");
    return {
      hits: [...query].map((docId, i) => ({ docId, score: -i })),
      total: query.length,
      warnings: query.includes("f") ? ["f was ignored"] : [],
    };
  },
});

async function collect(run: AsyncGenerator<Result, void>, into: Result[] = []): Promise<Result[]> {
  for await (const result of run) into.push(result);
  return into;
}

test("every system answers every problem, in order, measured by the task's own search", async () => {
  const results = await collect(evaluate(letters(), [typed], { metrics: [recallAt(10), recallAt(1)] }));
  // relevant everywhere: a, c. "ab" finds a, "cd" finds c, "ef" neither
  assert.equal(results, [
    {
      system: "typed",
      qid: "q0",
      query: "ab",
      measures: { "R@10": 0.5, "R@1": 0.5 },
      question: "ab",
      found: { hits: 2, relevant: 1, judged: 2, total: 2 },
    },
    {
      system: "typed",
      qid: "q1",
      query: "cd",
      measures: { "R@10": 0.5, "R@1": 0.5 },
      question: "cd",
      found: { hits: 2, relevant: 1, judged: 2, total: 2 },
    },
    {
      system: "typed",
      qid: "q2",
      query: "ef",
      measures: { "R@10": 0, "R@1": 0 },
      warnings: ["f was ignored"],
      question: "ef",
      found: { hits: 2, relevant: 0, judged: 2, total: 2 },
    },
  ]);
});

test("without metrics it measures recall of all that came back", async () => {
  assert.equal((await collect(evaluate(letters(), [typed])))[0]!.measures, { SetR: 0.5 });
});

test("an empty query is not searched, finds nothing and is marked malformed", async () => {
  const searched: string[] = [];
  const results = await collect(evaluate(letters(searched), [silent]));
  assert.equal(searched, []);
  assert.equal(
    results.map(({ malformed, measures }) => [malformed, measures.SetR]),
    [
      [true, 0],
      [true, 0],
      [true, 0],
    ],
  );
});

test("results do not depend on width or batch size", async () => {
  const all = await Promise.all(
    (
      [
        [1, 1],
        [2, 2],
        [8, 64],
      ] as const
    ).map(([width, batchSize]) => collect(evaluate(letters(), [typed, silent], { width, batchSize }))),
  );
  assert.equal(all[0], all[2]);
  assert.equal(all[1], all[2]);
});

test("a rewriter gets its problems in batches", async () => {
  const sizes: number[] = [];
  const counting: Rewriter = {
    name: "counting",
    rewrite: async (some) => (sizes.push(some.length), some.map(() => "a")),
  };
  await collect(evaluate(letters(), [counting], { batchSize: 2 }));
  assert.equal(sizes, [2, 1]);
});

test("an outage throws with how many were done, and those were yielded", async () => {
  const breaking: Rewriter = { name: "breaking", rewrite: async () => ["a", "!", "c"] };
  const kept: Result[] = [];
  try {
    await collect(evaluate(letters(), [typed, breaking]), kept);
    assert.unreachable("an outage was measured");
  } catch (error) {
    assert.is((error as Error).name, "SearchUnavailable");
    assert.match(
      (error as Error).message,
      "PubMed did not answer: evaluation stopped after 4 of 6 queries (PubMed did not answer: HTTP 503. Wait.).",
    );
  }
  assert.is(kept.length, 4); // three typed, one before the outage
});

test("an abort stops before the next search and says how far it came", async () => {
  const abort = new AbortController();
  const run = evaluate(letters(), [typed], { width: 1, signal: abort.signal });
  await run.next();
  abort.abort();
  try {
    await run.next();
    assert.unreachable("went on after the abort");
  } catch (error) {
    assert.match((error as Error).message, "evaluation (1 of 3 queries done) was interrupted");
  }
});

test("systems of one name, none at all, and too few queries are refused", async () => {
  const refused = async (systems: Rewriter[], why: RegExp) => {
    const error = await collect(evaluate(letters(), systems)).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    assert.match(error?.message ?? "nothing thrown", why);
  };
  await refused([typed, typed], /two systems are called "typed"/);
  await refused([], /no systems/);
  await refused([{ name: "lazy", rewrite: async () => ["a"] }], /lazy gave 1 queries for 3 problems/);
});

test.run();
