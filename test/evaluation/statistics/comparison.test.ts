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

test.run();
