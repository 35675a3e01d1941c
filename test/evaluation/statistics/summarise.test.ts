import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Result } from "../../../lib/evaluation/evaluate";
import { groupMeans, means, summarise } from "../../../lib/evaluation/statistics/summarise";

const result = (system: string, qid: string, value: number, malformed = false): Result => ({
  system,
  qid,
  query: "q",
  measures: { "R@50": value, RR: 1 },
  ...(malformed && { malformed }),
});
const results = [result("b", "1", 0.2), result("b", "2", 0.6), result("a", "1", 0, true), result("a", "2", 1)];

test("systems keep their order; means are over all queries, malformed ones included as they measured", () => {
  // b: (0.2 + 0.6) / 2 = 0.4; a: (0 + 1) / 2 = 0.5
  assert.equal(means(results), { b: 0.4, a: 0.5 });
  assert.equal(
    summarise(results).map(({ system, queries, malformed }) => ({ system, queries, malformed })),
    [
      { system: "b", queries: 2, malformed: 0 },
      { system: "a", queries: 2, malformed: 1 },
    ],
  );
});

test("every metric has its mean and interval", () => {
  const [b] = summarise(results);
  assert.equal(b!.measures["R@50"], { mean: 0.4, low: 0, high: 1 }); // two values: Student's t of 12.7, cut to [0, 1]
  assert.equal(b!.measures.RR, { mean: 1, low: 1, high: 1 });
});

test("means within groups have a row each, problems without a group being one", () => {
  const problem = (id: string, group?: string) => ({
    id,
    query: "q",
    judgments: {},
    ...(group !== undefined && { group }),
  });
  assert.equal(groupMeans(results, [problem("1", "new names"), problem("2")]), [
    { group: "new names", questions: 1, b: 0.2, a: 0 },
    { group: "all", questions: 1, b: 0.6, a: 1 },
  ]);
});

test("a group counts the problems that were evaluated, and the results without a measure", () => {
  const problem = (id: string, group: string) => ({ id, query: "q", judgments: {}, group });
  const failure = { stage: "searching", name: "SearchUnavailable", message: "HTTP 503" } as const;
  const failed: Result = { ...result("a", "2", 0), measures: {}, failure };
  const problems = [problem("1", "known"), problem("2", "known"), problem("3", "known"), problem("4", "new")];
  assert.equal(groupMeans([result("b", "1", 0.2), result("b", "2", 0.6), result("a", "1", 0.5), failed], problems), [
    { group: "known", questions: 2, failed: 1, b: 0.4, a: 0.5 },
  ]);
});

test("another metric is asked for by name, a wrong name is refused with the right ones", () => {
  assert.equal(means(results, "RR"), { b: 1, a: 1 });
  assert.throws(() => means(results, "R@5"), /no measure "R@5"; it has R@50, RR/);
});

test("no results is an error, not an empty table", () => {
  assert.throws(() => means([]), /no results/);
});

test.run();
