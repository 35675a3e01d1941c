import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Task } from "../../lib/core/roles";
import { splitTask } from "../../lib/tasks/split-task";

const problems = Array.from({ length: 20 }, (_, i) => ({ id: `q${i}`, query: `question ${i}`, judgments: { d: 1 } }));
const whole: Task = {
  name: "mine",
  problems,
  prompt: ({ query }) => query,
  score: async () => ({ kind: "malformed", reward: 0, why: "" }),
  search: async () => ({ hits: [], total: 0, warnings: [] }),
};
const ids = (task: Task) => task.problems.map(({ id }) => id);

test("the parts have their shares, no problem is lost or in two of them", () => {
  const { train, validation, test } = splitTask(whole);
  assert.equal(
    [train, validation, test].map(({ problems }) => problems.length),
    [12, 3, 5],
  );
  assert.equal([...ids(train), ...ids(validation), ...ids(test)].sort(), ids(whole).sort());
  assert.is(test.name, "mine/test");
  assert.is(test.prompt, whole.prompt);
});

test("the order of the file does not matter; the seed does", () => {
  const turned = { ...whole, problems: [...problems].reverse() };
  assert.equal(ids(splitTask(turned).test), ids(splitTask(whole).test));
  assert.not.equal(ids(splitTask(whole, { seed: 1 }).test), ids(splitTask(whole).test));
});

test("an empty part is refused with the numbers", () => {
  assert.throws(() => splitTask(whole, { validation: 0.5, test: 0.5 }), /mine has 20 problems.*0\.5.*part empty/);
  assert.throws(() => splitTask(whole, { test: 0.01 }), /part empty/);
  assert.throws(() => splitTask(whole, { test: 2 }), /test/);
});

test.run();
