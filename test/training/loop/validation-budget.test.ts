import { test } from "uvu";
import * as assert from "uvu/assert";
import { bestOf, collapsed } from "../../../lib/training/loop/collapse";
import { validationBudget } from "../../../lib/training/loop/validation-budget";
import { lettersTask } from "../../fixtures";

test("without a limit every problem is validated every time", () => {
  const task = lettersTask(100);
  const budget = validationBudget(task, { share: 1, seed: 0 });
  budget.spent(100, 1e6);
  assert.is(budget.next().problems, task.problems);
});

test("with a fifth of the clock, a slow validation takes the fewest problems, the same ones each time", () => {
  const budget = validationBudget(lettersTask(100), { share: 0.2, seed: 0 });
  assert.is(budget.next().problems.length, 64);
  budget.spent(64, 6400);
  const ids = budget.next().problems.map(({ id }) => id);
  assert.is(ids.length, 8);
  assert.equal(
    validationBudget(lettersTask(100), { share: 0.2, seed: 0 })
      .next()
      .problems.slice(0, 8)
      .map(({ id }) => id),
    ids,
  );
});

test("an answer that was scored before is not scored again", async () => {
  let asked = 0;
  const task = lettersTask(1);
  const budget = validationBudget(
    { ...task, score: (...args) => (asked++, task.score(...args)) },
    { share: 1, seed: 0 },
  );
  for (let i = 0; i < 3; i++) await budget.next().score(task.problems[0]!, "a");
  await budget.next().score(task.problems[0]!, "b");
  assert.is(asked, 2);
});

test("a collapse loses more than the share of the gain, and more than noise", () => {
  const best = bestOf(bestOf(undefined, 1, [1, 1]), 2, [3, 3])!;
  assert.equal(best, { step: 2, reward: 3, first: 1 });
  assert.is(bestOf(best, 3, [2, 2]), best);
  assert.is(collapsed([1, 1], best, 1), false); // all of the gain is lost, and no more
  assert.is(collapsed([0.9, 0.9], best, 1), true);
  assert.is(collapsed([1.9, 1.9], best, 0.5), true);
  assert.is(collapsed([0, 0], best, 0), false);
  assert.is(collapsed([-4, 5], best, 1), false); // mean 0.5, s² = 40.5: two standard errors are 12.7
});

test.run();
