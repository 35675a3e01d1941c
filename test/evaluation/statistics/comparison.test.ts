import { test } from "uvu";
import * as assert from "uvu/assert";
import { comparisons } from "../../../lib/evaluation/statistics/comparison";
import type { Result } from "../../../lib/evaluation/evaluate";

const results = (system: string, values: Record<string, number>): Result[] =>
  Object.entries(values).map(([qid, value]) => ({ system, qid, query: "q", measures: { "R@50": value } }));

test("wins, ties and losses are counted over the queries both answered, paired by id", () => {
  const typed = results("typed", { x: 0.1, y: 0.2, z: 0.5, only: 1 });
  const tuned = results("tuned", { z: 0.5, x: 0.9, y: 0.1 });
  const [row] = comparisons([...typed, ...tuned], "typed");
  // differences: z 0, x +0.8, y −0.1; mean 0.7 / 3
  assert.ok(Math.abs(row!.difference - 0.7 / 3) < 1e-12);
  const { system, baseline, metric, queries, wins, ties, losses } = row!;
  assert.equal(
    { system, baseline, metric, queries, wins, ties, losses },
    { system: "tuned", baseline: "typed", metric: "R@50", queries: 3, wins: 1, ties: 1, losses: 1 },
  );
  assert.ok(row!.low <= row!.difference && row!.difference <= row!.high && row!.p > 0.1);
});

test("an unknown baseline is refused with the names there are", () => {
  assert.throws(
    () => comparisons(results("tuned", { x: 1 }), "typed"),
    /no system is called "typed". There are: tuned/,
  );
});

test("systems without a common query are refused", () => {
  assert.throws(() => comparisons([...results("a", { x: 1 }), ...results("b", { y: 1 })], "a"), /no query in common/);
});

test("a question that was asked twice is two pairs, in order", () => {
  const twice = (system: string, values: number[]): Result[] => values.flatMap((x) => results(system, { x }));
  const [row] = comparisons([...twice("a", [0, 1]), ...twice("b", [1, 1])], "a");
  assert.equal([row!.queries, row!.wins, row!.ties, row!.losses, row!.difference], [2, 1, 1, 0, 0.5]);
});

test("two evaluations of one name in one list are refused: a pair would be counted twice", () => {
  const tuned = results("tuned", { x: 1, y: 0 });
  assert.throws(
    () => comparisons([...results("typed", { x: 0, y: 0 }), ...tuned, ...tuned], "typed"),
    /there are 2 results of tuned for the question x and 1 of typed.*give their systems different names/,
  );
});

test("of a system that failed on every question nothing is known, and the others are compared all the same", () => {
  const failure = { stage: "rewriting", name: "SearchUnavailable", message: "HTTP 500" } as const;
  const down = results("down", { x: 0, y: 0 }).map((result): Result => ({ ...result, measures: {}, failure }));
  const all = [...results("typed", { x: 0, y: 1 }), ...down, ...results("tuned", { x: 1, y: 1 })];
  const [lost, tuned] = comparisons(all, "typed");
  assert.equal([lost!.system, lost!.queries, lost!.failed], ["down", 0, 2]);
  for (const value of [lost!.difference, lost!.low, lost!.high, lost!.p, lost!.pHolm]) assert.ok(Number.isNaN(value));
  assert.is(lost!.differenceWithZeros, -0.5); // 0 − 0 and 0 − 1
  assert.is(tuned!.difference, 0.5);
  assert.is(tuned!.pHolm, tuned!.p); // it is the only one that was tested
});

test("a misspelt setting is refused", () => {
  const all = [...results("a", { x: 1 }), ...results("b", { x: 1 })];
  assert.throws(() => comparisons(all, "a", { query: "common" } as never), /compare: unknown setting "query"/);
  assert.throws(() => comparisons(all, "a", { queries: "all" } as never), /queries is "all"; it must be one of "same"/);
  assert.throws(() => comparisons(all, "a", { interval: "boot" } as never), /interval is "boot"/);
});

test.run();
