import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { SearchUnavailable } from "../../lib/core/errors";
import type { Task } from "../../lib/core/roles";
import type { Policy } from "../../lib/models/policy";
import { grpo } from "../../lib/training/algorithms/grpo";
import { ppoAlgorithm } from "../../lib/training/algorithms/ppo";
import type { TrainingStep } from "../../lib/training/loop/training-step";
import { train, type TrainOptions } from "../../lib/training/train";
import { lettersTask, temporaryFolder, tensorsLeftBy, tinyPolicy } from "../fixtures";

test.before(async () => void (await useBackend("wasm")));

const tiny: TrainOptions = {
  steps: 4,
  batchSize: 2,
  miniBatch: 4,
  maxResponse: 5,
  learningRate: 1e-3,
  seed: 3,
  outageBackOff: 0,
  outageRetries: 0,
};
const inGroups: TrainOptions = { ...tiny, algorithm: grpo({ group: 4 }) };
const bits = (policy: Policy) => policy.variables.map((variable) => [...variable.dataSync()]);
const metricsOf = (folder: string) => readFileSync(join(folder, "metrics.jsonl"), "utf8");

async function all(run: AsyncIterable<TrainingStep>, most = Infinity): Promise<TrainingStep[]> {
  const steps: TrainingStep[] = [];
  for await (const step of run) {
    steps.push(step);
    if (steps.length >= most) break;
  }
  return steps;
}

test("GRPO runs without a critic and without a reference it does not need, and leaves no tensor", async () => {
  const policy = tinyPolicy();
  const before = bits(policy);
  const left = await tensorsLeftBy(async () => {
    const steps = await all(train(policy, lettersTask(), inGroups));
    assert.is(steps.length, 4);
    assert.not.ok("critic/vf_loss" in steps[0]!);
    assert.ok("actor/pg_loss" in steps[0]! && steps[0]!["reward/n_scored"] === 8);
  });
  assert.is(left, 0);
  assert.not.equal(bits(policy), before);
});

test("a loop that is left pauses the run, and the next loop goes on with the next step", async () => {
  const straight = tinyPolicy();
  await all(train(straight, lettersTask(), inGroups));
  const policy = tinyPolicy();
  const run = train(policy, lettersTask(), inGroups);
  const first = await all(run, 2);
  const rest = await all(run);
  assert.equal(
    [...first, ...rest].map(({ step }) => step),
    [1, 2, 3, 4],
  );
  assert.equal(bits(policy), bits(straight));
});

test("a loop that is begun during a step gets that step, and a consumer that left gets no further one", async () => {
  const run = train(tinyPolicy(), lettersTask(), inGroups);
  const pending = run.next();
  await run.return();
  const rest = all(run);
  assert.is((await pending).done, true);
  assert.equal(
    (await rest).map(({ step }) => step),
    [1, 2, 3, 4],
  );
  const interrupted = train(tinyPolicy(), lettersTask(), inGroups);
  const seen: number[] = [];
  for await (const { step } of interrupted) {
    seen.push(step);
    if (step === 2) await interrupted.return(); // as watch does when its cell is interrupted
  }
  assert.equal(
    [seen, (await all(interrupted)).map(({ step }) => step)],
    [
      [1, 2],
      [3, 4],
    ],
  );
});

test("a step under way when its consumer leaves is kept for the next one", async () => {
  const run = train(tinyPolicy(), lettersTask(), inGroups);
  const pending = run.next();
  await run.return();
  await pending;
  assert.equal(
    (await all(run)).map(({ step }) => step),
    [1, 2, 3, 4],
  );
});

test("a paused run makes no step until it is resumed", async () => {
  const run = train(tinyPolicy(), lettersTask(), inGroups);
  await run.next();
  run.pause();
  let made = false;
  const next = run.next().then((result) => ((made = true), result));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal([made, run.paused], [false, true]);
  run.resume();
  assert.is(((await next).value as TrainingStep).step, 2);
  await run.stop();
});

for (const [name, options] of [
  ["PPO", { ...tiny, miniBatch: 2, algorithm: ppoAlgorithm() }],
  ["GRPO", inGroups],
] as const)
  test(`a fork of ${name} with the same settings makes the steps that its parent makes`, async () => {
    const policy = tinyPolicy();
    const run = train(policy, lettersTask(), options);
    await all(run, 2);
    const fork = run.fork({});
    const own = await all(fork);
    const parents = await all(run);
    assert.equal(
      own.map(({ step, ...rest }) => [step, rest["reward/mean"]]),
      parents.map(({ step, ...rest }) => [step, rest["reward/mean"]]),
    );
    assert.equal(bits(fork.policy), bits(policy));
  });

test("a fork with another learning rate leaves its parent as it is; a run that has ended has none", async () => {
  const policy = tinyPolicy();
  const run = train(policy, lettersTask(), inGroups);
  await all(run, 2);
  const before = bits(policy);
  const fork = run.fork({ learningRate: 0.1 });
  await all(fork);
  assert.equal(bits(policy), before);
  await all(run);
  assert.throws(() => run.fork({}), /this run has ended/);
});

test("rollouts and rescored rewards are rows; another reward changes no weight", async () => {
  for (const folder of [undefined, temporaryFolder()]) {
    const policy = tinyPolicy();
    const run = train(policy, lettersTask(), { ...inGroups, steps: 2, ...(folder && { folder }) });
    await all(run);
    const before = bits(policy);
    assert.is(run.rollouts(1).length, 8);
    assert.is(run.rollouts().length, 16);
    const rows = await run.rescore((_, completion) => completion.length, 2);
    assert.equal(
      rows.map(({ rescored }) => rescored),
      run.rollouts(2).map(({ completion }) => completion.length),
    );
    for (const first of [0, 4])
      assert.ok(Math.abs(rows.slice(first, first + 4).reduce((sum, row) => sum + row.rescoredAdvantage, 0)) < 1e-9);
    assert.equal(bits(policy), before);
    assert.throws(() => run.rollouts(9), /no rollouts of step 9/);
  }
});

/** Fails for the calls that `fails` names, counted from 0. */
const flaky = (fails: (call: number) => boolean): Task => {
  const task = lettersTask();
  let calls = 0;
  return {
    ...task,
    score: (...args) =>
      fails(calls++)
        ? Promise.reject(new SearchUnavailable("PubMed", "HTTP 429", "Wait.", { outage: "rate_limit" }))
        : task.score(...args),
  };
};

for (const [name, options] of [
  ["PPO", { ...tiny, batchSize: 10, miniBatch: 5, algorithm: ppoAlgorithm() }],
  ["GRPO", { ...tiny, batchSize: 5, miniBatch: 5, algorithm: grpo({ group: 2 }) }],
] as const)
  test(`with an engine that fails 3 of 10 calls, ${name} goes on; outages are counted and are no reward`, async () => {
    const folder = temporaryFolder();
    const steps = await all(
      train(
        tinyPolicy(),
        flaky((call) => call % 10 < 3),
        { ...options, folder },
      ),
    );
    assert.is(steps.length, 4);
    for (const step of steps) {
      const { "reward/outage_rate": rate, "reward/n_scored": scored, "reward/n_total": total } = step;
      assert.equal([total, scored! + Math.round(rate! * total!)], [10, 10]);
      assert.is(step["reward/outages/rate_limit"], 10 - scored!);
      for (const [figure, value] of Object.entries(step)) assert.ok(Number.isFinite(value), `${figure} ${value}`);
      assert.ok(step["critic/score/min"]! >= 0, "every reward of this task is 0 or more");
    }
    const lines = readFileSync(join(folder, "rollouts.jsonl"), "utf8").trim().split("\n");
    const kinds = lines.flatMap((line) =>
      (JSON.parse(line) as { rollouts: { score: { kind: string; reward?: number } }[] }).rollouts.map(
        ({ score }) => score,
      ),
    );
    for (const { kind, reward } of kinds) assert.is(reward === undefined, kind === "outage");
  });

test("an outage that passes is asked for again, and changes nothing", async () => {
  const [sound, shaken] = [tinyPolicy(), tinyPolicy()];
  await all(train(sound, lettersTask(), { ...inGroups, steps: 2 }));
  const steps = await all(
    train(
      shaken,
      flaky((call) => call < 2),
      { ...inGroups, steps: 2, outageRetries: 2 },
    ),
  );
  assert.is(steps[0]!["reward/outage_rate"], 0);
  assert.equal(bits(shaken), bits(sound));
});

test("an engine that is down for a while makes the run wait; it goes on by itself", async () => {
  const [sound, waited] = [tinyPolicy(), tinyPolicy()];
  await all(train(sound, lettersTask(), { ...tiny, miniBatch: 2, steps: 1 }));
  await all(
    train(
      waited,
      flaky((call) => call < 7),
      { ...tiny, miniBatch: 2, steps: 1 },
    ),
  );
  assert.equal(bits(waited), bits(sound));
});

test("groups whose members all failed, and steps without any reward, teach nothing and stop nothing", async () => {
  const policy = tinyPolicy();
  const before = bits(policy);
  const task = lettersTask();
  const down: Task = { ...task, score: () => Promise.reject(new SearchUnavailable("PubMed", "HTTP 503", "Wait.")) };
  const error = await all(train(policy, down, { ...inGroups, outagePatience: 0 })).catch((error: Error) => error);
  assert.is((error as Error).name, "SearchUnavailable");
  assert.equal(bits(policy), before);
  const half: Task = {
    ...task,
    score: (problem, ...rest) => (Number(problem.id.slice(1)) % 2 ? down : task).score(problem, ...rest),
  };
  const steps = await all(train(policy, half, { ...inGroups, batchSize: 4, outageLimit: 1 }));
  assert.ok(steps.every((step) => Object.values(step).every(Number.isFinite)));
});

test("equal responses of a group are scored once", async () => {
  let asked = 0;
  const task = lettersTask();
  const counting: Task = { ...task, score: (...args) => (asked++, task.score(...args)) };
  const run = train(tinyPolicy(), counting, { ...inGroups, steps: 1, temperature: 0.01 });
  await all(run);
  const different = new Set(run.rollouts().map(({ id, completion }) => JSON.stringify([id, completion]))).size;
  assert.is(asked, different);
});

test("a reward that throws or returns NaN ends the run by name; one that hangs is an outage", async () => {
  const task = lettersTask();
  const failing = (score: Task["score"]) =>
    all(
      train(
        tinyPolicy(),
        { ...task, score },
        { ...tiny, miniBatch: 2, steps: 1, rewardSeconds: 0.05, outagePatience: 0 },
      ),
    ).catch((error: Error) => error) as Promise<Error>;
  assert.match(
    (await failing(() => Promise.reject(new TypeError("x is undefined")))).message,
    /the reward of problem p\d for the completion .* threw TypeError: x is undefined/,
  );
  assert.match(
    (await failing(async () => ({ kind: "scored", reward: NaN, query: "", measures: {} }))).message,
    /reward of problem p\d .* is NaN/,
  );
  const hung = await failing(() => new Promise(() => undefined));
  assert.equal([hung.name, /took more than 0\.05 s/.test(hung.message)], ["SearchUnavailable", true]);
});

test("a run of one token a response, and of one response a step, is a run", async () => {
  const one = await all(train(tinyPolicy(), lettersTask(), { ...tiny, batchSize: 1, miniBatch: 1, maxResponse: 1 }));
  assert.ok(one.every((step) => Object.values(step).every(Number.isFinite)));
});

test("five steps, a new process's models and five more are ten steps straight, with an adaptive KL too", async () => {
  const adaptive = {
    ...tiny,
    steps: 6,
    algorithm: grpo({ group: 4, klCoefficient: 0.1, klTarget: 0.01, klPlace: "reward", klKind: "k1" }),
  };
  const [whole, parts] = [temporaryFolder(), temporaryFolder()];
  const straight = tinyPolicy();
  await all(train(straight, lettersTask(), { ...adaptive, folder: whole }));
  const first = train(tinyPolicy(), lettersTask(), { ...adaptive, folder: parts });
  await all(first, 3);
  await first.stop();
  const policy = tinyPolicy(77);
  await all(train(policy, lettersTask(), { ...adaptive, folder: parts, resume: true }));
  assert.is(metricsOf(parts), metricsOf(whole));
  assert.equal(bits(policy), bits(straight));
});

test("settings that disagree are refused before anything is made", async () => {
  assert.throws(() => train(tinyPolicy(), lettersTask(), { ...inGroups, batchSize: 3, miniBatch: 5 }), /go together/);
  assert.throws(() => train(tinyPolicy(), lettersTask(), { stepz: 3 } as TrainOptions), /unknown setting "stepz"/);
});

test("the newest checkpoints and the best by validation are kept; a collapse takes the run back", async () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  let done = 0; // steps that were yielded: a validation stands before its step
  const validation: Task = {
    ...lettersTask(4),
    name: "held",
    score: async () => ({
      kind: "scored",
      reward: [1, 3, 3, 0, 3][done]!,
      query: "",
      measures: {},
    }),
  };
  const steps: TrainingStep[] = [];
  const options = { steps: 5, folder, validation, validateEvery: 1, keep: 2, saveEvery: 1, learningRate: 0.3 };
  for await (const step of train(policy, lettersTask(), { ...inGroups, ...options })) done = steps.push(step);
  assert.equal(
    steps.map((step) => step["val-aux/held/n_total"]),
    [4, 4, 4, 4, 4],
  );
  assert.equal(
    steps.map((step) => step["training/rolled_back_to"]),
    [undefined, undefined, undefined, 2, undefined],
  );
  assert.equal(
    readdirSync(folder)
      .filter((name) => name.startsWith("checkpoint"))
      .sort(),
    ["checkpoint-2", "checkpoint-4", "checkpoint-5"],
  );
  const weights = (step: number) => readFileSync(join(folder, `checkpoint-${step}`, "policy", "model.safetensors"));
  assert.ok(weights(4).equals(weights(2)));
});

test.run();
