import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Task } from "../../../lib/core/roles";
import { useBackend } from "../../../lib/backend/choose";
import { validate } from "../../../lib/training/loop/validation";
import { lettersTask, tensorsLeftBy, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

test("every problem is answered once, greedily, and the means have verl's names", async () => {
  const seen: string[] = [];
  const task: Task = {
    ...lettersTask(4),
    name: "held",
    score: async ({ id }) => {
      seen.push(id);
      return id === "p3"
        ? { kind: "malformed", reward: -4, why: "no tags" }
        : { kind: "scored", reward: 2, query: "q", measures: { "R@50": 0.8 } };
    },
  };
  const policy = tinyPolicy();
  const left = await tensorsLeftBy(async () => {
    assert.equal(await validate(policy, task, 4), {
      "val-core/held/reward/mean@1": 0.5, // (2 + 2 + 2 − 4) / 4
      "val-core/held/R@50/mean@1": 0.6000000000000001, // 3·0.8 / 4
      "val-core/held/format_error_ratio/mean@1": 0.25,
      "val-aux/held/n_scored": 4,
      "val-aux/held/n_total": 4,
    });
  });
  assert.equal(seen.sort(), ["p0", "p1", "p2", "p3"]);
  assert.is(left, 0);
});

test("twice the same policy, twice the same figures", async () => {
  const policy = tinyPolicy();
  assert.equal(await validate(policy, lettersTask(3), 4), await validate(policy, lettersTask(3), 4));
});

test.run();
