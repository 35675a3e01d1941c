import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import type { Task } from "../../../lib/core/roles";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { ppo } from "../../../lib/training/ppo";
import { train } from "../../../lib/training/train";
import { rejects } from "../rejects";
import { lettersTask, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

const letters = lettersTask();
const size = { steps: 1, batchSize: 4, miniBatch: 4, maxResponse: 4 };

/** The error that a run ends with, before or in its first step. */
async function errorOf(policy: unknown, task: unknown, options: object = {}): Promise<Error> {
  try {
    for await (const _ of train(policy as never, task as Task, { ...size, ...options }));
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was refused");
}

test("what is no policy, no task and no algorithm is refused in words", async () => {
  const policy = tinyPolicy();
  assert.match((await errorOf(undefined, letters)).message, /train: the policy is undefined, which cannot be trained/);
  assert.match((await errorOf(Promise.resolve(policy), letters)).message, /the policy is .*after its await/);
  assert.match((await errorOf(policy, undefined)).message, /the task is undefined and has no problems, a list/);
  assert.match((await errorOf(policy, { ...letters, problems: 3 })).message, /has no problems, a list/);
  assert.match((await errorOf(policy, { ...letters, score: "recall" })).message, /has no score, a function/);
  assert.match(
    (await errorOf(policy, letters, { algorithm: "grpo" })).message,
    /algorithm is "grpo".*Call it: grpo\(\)/,
  );
  assert.match(
    (await errorOf(policy, letters, { algorithm: grpo })).message,
    /is the function grpo.*Call it: grpo\(\)/,
  );
  assert.match((await errorOf(policy, letters, { algorithm: {} })).message, /algorithm is \{\}; it must be a record/);
  assert.match(
    (await errorOf(policy, letters, { validation: { ...letters, problems: 3 } })).message,
    /train: validation: the task is .* has no problems/,
  );
  await rejects(() => ppo(policy, {} as Task, size).next(), /ppo: the task is \{\} and has no problems/);
  policy.dispose();
  assert.match((await errorOf(policy, letters)).message, /the policy .* was disposed of.*Load it again/);
});

test("two problems of one id are refused: their rewards could not be told apart on disk", async () => {
  const twins = { ...letters, problems: [...letters.problems, letters.problems[2]!] };
  assert.match((await errorOf(tinyPolicy(), twins)).message, /two problems of task letters have the id "p2"/);
});

test("a prompt that throws names its problem", async () => {
  const prompt = ({ id }: { id: string }) => {
    if (id === "p3") throw new TypeError("x is undefined");
    return "go";
  };
  const { message } = await errorOf(tinyPolicy(), { ...letters, prompt });
  assert.match(message, /task letters: the prompt of problem p3 threw TypeError: x is undefined/);
});

const scored = (score: unknown) => ({ ...letters, score: async () => score });
const right = { kind: "scored", reward: 1, query: "", measures: {} };

test("a score without measures, and a reward that float32 cannot square, are refused by name", async () => {
  assert.match(
    (await errorOf(tinyPolicy(), scored({ ...right, measures: undefined }))).message,
    /the score of problem p\d .* has the measures undefined/,
  );
  assert.match((await errorOf(tinyPolicy(), scored({ ...right, reward: -1e300 }))).message, /must lie within ±1000000/);
});

test("a reward of negative zero is a reward", async () => {
  for await (const step of train(tinyPolicy(), scored({ ...right, reward: -0 }) as Task, size))
    assert.is(step["reward/mean"], 0);
});

test("a reward that changes its problem is refused; what it changes in its score later does not count", async () => {
  const task: Task = {
    ...lettersTask(),
    score: async (problem, ...given) => {
      Object.assign(problem.judgments, { more: 9 });
      return letters.score(problem, ...given);
    },
  };
  const { message } = await errorOf(tinyPolicy(), task);
  assert.match(message, /task letters: the reward changed its problem, from \{"id":"p\d".*A reward may only read it/);
  const made: { reward: number }[] = [];
  const late: Task = {
    ...letters,
    score: async () => {
      const score = { ...right, kind: "scored" as const };
      made.push(score);
      setTimeout(() => (score.reward = 99));
      return score;
    },
  };
  for await (const step of train(tinyPolicy(), late, size)) assert.is(step["reward/mean"], 1);
});

test("a component that throws or is no number ends the run by its name, before any weight changes", async () => {
  const bits = (policy: ReturnType<typeof tinyPolicy>) => policy.variables.flatMap((one) => [...one.dataSync()]);
  for (const [value, message] of [
    [() => NaN, /The component "speed" of a score \(scored, reward \d\) is NaN; it must be a finite number/],
    [() => assert.unreachable("boom"), /The component "speed" .* threw .*boom/],
  ] as const) {
    const policy = tinyPolicy();
    const components = { speed: { about: "", value: value as () => number } };
    assert.match((await errorOf(policy, { ...letters, components })).message, message);
    assert.equal(bits(policy), bits(tinyPolicy()));
  }
});

test("a run that has ended may be paused, and ends its loops all the same", async () => {
  const run = train(tinyPolicy(), letters, size);
  for await (const _ of run);
  run.pause();
  run.pause();
  assert.ok((await run.next()).done);
  for await (const _ of run) assert.unreachable("a step after the end");
});

test("a new reward that throws names the response, and what is no function is refused", async () => {
  const run = train(tinyPolicy(), letters, size);
  for await (const _ of run);
  const throwing = () => {
    throw new TypeError("x is undefined");
  };
  await rejects(() => run.rescore(throwing), /the new reward of problem p\d for .* threw TypeError: x is undefined/);
  await rejects(() => run.rescore(3 as never), /the new reward is 3; it must be a function/);
});

test.run();
