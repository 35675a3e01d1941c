import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../../lib/core/errors";
import { random } from "../../../lib/core/random";
import type { Task } from "../../../lib/core/roles";
import { useBackend } from "../../../lib/backend/choose";
import { collect } from "../../../lib/training/loop/rollout";
import { lettersTask, tensorsLeftBy, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));
const options = () => ({ maxResponse: 4, temperature: 1, topP: 1, width: 2, rng: random(1), outageBackOff: 0 });

test("each problem gets one response and its score, in order", async () => {
  const task = lettersTask(5);
  const { rollouts, seconds } = await collect(tinyPolicy(), task, task.problems, options());
  assert.equal(
    rollouts.map(({ problem }) => problem.id),
    ["p0", "p1", "p2", "p3", "p4"],
  );
  for (const { completion, score, response } of rollouts) {
    assert.equal(response, completion.tokens);
    assert.is(score.kind === "scored" && score.query, completion.text);
  }
  assert.ok(seconds.gen > 0 && seconds.reward >= 0);
});

test("the prompt's tokens are those the policy read", async () => {
  const policy = tinyPolicy();
  const task = lettersTask(1);
  const { rollouts } = await collect(policy, task, task.problems, options());
  assert.equal(rollouts[0]!.prompt, policy.tokenizer.encode(task.prompt(task.problems[0]!)));
});

test("no more searches are in flight than allowed", async () => {
  let now = 0;
  let most = 0;
  const task = lettersTask(7);
  const slow: Task = {
    ...task,
    score: async (...args) => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
      return task.score(...args);
    },
  };
  await collect(tinyPolicy(), slow, task.problems, { ...options(), width: 3 });
  assert.is(most, 3);
});

test("the caller's signal reaches the engine, and an outage throws through", async () => {
  const controller = new AbortController();
  const task = lettersTask(2);
  const seen: (AbortSignal | undefined)[] = [];
  await collect(
    tinyPolicy(),
    { ...task, score: (problem, text, given) => (seen.push(given?.signal), task.score(problem, text)) },
    task.problems,
    { ...options(), signal: controller.signal },
  );
  assert.equal(
    seen.map((signal) => signal?.aborted),
    [false, false],
  );
  const policy = tinyPolicy();
  const left = await tensorsLeftBy(async () => {
    try {
      await collect(
        policy,
        { ...task, score: async () => Promise.reject(new SearchUnavailable("PubMed", "HTTP 503", "Wait.")) },
        task.problems,
        options(),
      );
      assert.unreachable("an outage was scored");
    } catch (error) {
      assert.is((error as Error).name, "SearchUnavailable");
    }
  });
  assert.is(left, 0);
});

test.run();
