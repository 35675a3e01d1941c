import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../../lib/core/errors";
import type { Task } from "../../../lib/core/roles";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { criticFrom, type Critic } from "../../../lib/models/critic";
import { qwen2, type Policy } from "../../../lib/models/policy";
import { ppo, type PPOExtras } from "../../../lib/training/ppo";
import type { PPOConfig } from "../../../lib/training/ppo-config";
import type { TrainingStep } from "../../../lib/training/loop/training-step";
import { close, lettersTask, temporaryFolder, tensorsLeftBy, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

const tiny: Partial<PPOConfig> = {
  steps: 6,
  batchSize: 4,
  miniBatch: 2,
  maxResponse: 5,
  learningRate: 1e-3,
  criticLearningRate: 1e-3,
  seed: 3,
  outageBackOff: 0,
  outagePatience: 0,
};
const bits = (policy: Policy) => policy.variables.map((variable) => [...variable.dataSync()]);
const metricsOf = (folder: string) => readFileSync(join(folder, "metrics.jsonl"), "utf8");

/** Runs to the end, or for `most` steps. */
async function run(
  policy: Policy,
  task: Task,
  options: Partial<PPOConfig> & PPOExtras,
  most = Infinity,
): Promise<TrainingStep[]> {
  const steps: TrainingStep[] = [];
  for await (const step of ppo(policy, task, { ...tiny, ...options })) {
    steps.push(step);
    if (steps.length >= most) break;
  }
  return steps;
}

/** The error's name, once the run has failed. */
async function failure(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error("the run did not fail");
}

/** The six steps straight that the tests of resuming compare with. */
const straight = { folder: temporaryFolder(), policy: undefined as unknown as Policy };
test.before(async () => {
  straight.policy = tinyPolicy();
  await run(straight.policy, lettersTask(), { folder: straight.folder });
});

test("the same seed twice writes the same metrics, byte for byte, and the same weights", async () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  await run(policy, lettersTask(), { folder });
  assert.is(metricsOf(folder), metricsOf(straight.folder));
  assert.equal(bits(policy), bits(straight.policy));
  const other = await run(tinyPolicy(), lettersTask(), { seed: 4, steps: 1 });
  assert.is.not(metricsOf(folder).split("\n")[0], JSON.stringify(other[0]));
});

test(
  "in micro-batches, with activations computed anew, a step's losses and gradients are the same to 1e-6, and no " +
    "tensor is left",
  async () => {
    const figures = [
      "actor/pg_loss",
      "actor/grad_norm",
      "actor/entropy",
      "actor/ppo_kl",
      "critic/vf_loss",
      "critic/vf_clipfrac",
      "critic/vpred_mean",
      "critic/grad_norm",
      "critic/kl",
    ];
    const runs: TrainingStep[][] = [];
    const left = await tensorsLeftBy(async () => {
      for (const options of [{}, { microBatch: 1, checkpoint: true }, { microBatch: 3 }]) {
        const policy = tinyPolicy();
        runs.push(
          await run(policy, lettersTask(), {
            steps: 1,
            batchSize: 8,
            miniBatch: 4,
            temperature: 0.9,
            entropyCoefficient: 0.1,
            ...options,
          }),
        );
        policy.dispose();
      }
    });
    assert.is(left, 0);
    for (const [step] of runs.slice(1))
      for (const name of figures) close([step![name]!], [runs[0]![0]![name]!], { rtol: 1e-6, atol: 2e-6, what: name });
  },
);

test("metrics hold a line a step without times; times have a file of their own", () => {
  const lines = metricsOf(straight.folder)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainingStep);
  assert.equal(
    lines.map(({ step }) => step),
    [1, 2, 3, 4, 5, 6],
  );
  for (const line of lines)
    for (const [name, value] of Object.entries(line))
      assert.ok(Number.isFinite(value) && !/timing|throughput/.test(name), `${name} ${value}`);
  for (const name of [
    "reward/mean",
    "critic/kl",
    "critic/vf_explained_var",
    "critic/vf_loss",
    "actor/pg_loss",
    "actor/pg_clipfrac",
    "actor/ppo_kl",
    "actor/entropy",
    "actor/grad_norm",
    "response_length/mean",
  ])
    assert.ok(name in lines[0]!, name);
  assert.match(readFileSync(join(straight.folder, "timing.jsonl"), "utf8"), /^\{"step":1,.*"timing_s\/step":/);
});

test("three steps, a stop, and three more are six steps straight: metrics and weights, bit for bit", async () => {
  const folder = temporaryFolder();
  await run(tinyPolicy(), lettersTask(), { folder }, 3);
  const policy = tinyPolicy(77); // whatever it was: the checkpoint decides
  const resumed = await run(policy, lettersTask(), { folder, resume: true });
  assert.equal(
    resumed.map(({ step }) => step),
    [4, 5, 6],
  );
  assert.is(metricsOf(folder), metricsOf(straight.folder));
  assert.equal(bits(policy), bits(straight.policy));
});

test("an abort in the middle of a step keeps the last finished one, and the run goes on from there", async () => {
  const folder = temporaryFolder();
  const controller = new AbortController();
  const task = lettersTask();
  let scored = 0;
  /** In the third step */
  const aborting: Task = { ...task, score: (...args) => (++scored === 10 && controller.abort(), task.score(...args)) };
  assert.is((await failure(run(tinyPolicy(), aborting, { folder, signal: controller.signal }))).name, "Interrupted");
  assert.ok(
    existsSync(join(folder, "checkpoint-3")) || existsSync(join(folder, "checkpoint-2")),
    `${readdirSync(folder)}`,
  );
  const policy = tinyPolicy();
  await run(policy, task, { folder, resume: true });
  assert.is(metricsOf(folder), metricsOf(straight.folder));
  assert.equal(bits(policy), bits(straight.policy));
});

test("returning early leaves one checkpoint, of the last finished step, that is a policy", async () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  await run(policy, lettersTask(), { folder }, 2);
  assert.equal(readdirSync(folder).sort(), [
    "checkpoint-2",
    "config.json",
    "metrics.jsonl",
    "rollouts.jsonl",
    "timing.jsonl",
  ]);
  assert.equal(bits(qwen2(join(folder, "checkpoint-2", "policy"))), bits(policy));
});

test("an engine that is down stops the run: nothing is scored, nothing learned", async () => {
  const policy = tinyPolicy();
  const before = bits(policy);
  const down: Task = {
    ...lettersTask(),
    score: async () => Promise.reject(new SearchUnavailable("PubMed", "HTTP 503", "Wait.")),
  };
  const left = await tensorsLeftBy(async () => {
    const error = await failure(run(policy, down, {}));
    assert.equal([error.name, error.message], ["SearchUnavailable", "PubMed did not answer: HTTP 503. Wait."]);
  });
  assert.equal(bits(policy), before);
  assert.is(left, 0);
});

test("an outage in the third step leaves the weights of the second, in memory and on disk", async () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  const task = lettersTask();
  let scored = 0;
  const failing: Task = {
    ...task,
    score: (...args) =>
      ++scored > 10 ? Promise.reject(new SearchUnavailable("PubMed", "HTTP 503", "Wait.")) : task.score(...args),
  };
  assert.is((await failure(run(policy, failing, { folder }))).name, "SearchUnavailable");
  const two = tinyPolicy();
  await run(two, task, {}, 2);
  assert.equal(bits(policy), bits(two));
  assert.equal(bits(qwen2(join(folder, "checkpoint-2", "policy"))), bits(two));
});

test("a setting that is not known, or of another type, is refused before anything is made", async () => {
  const left = await tensorsLeftBy(async () => {
    const policy = tinyPolicy();
    assert.match(
      (await failure(run(policy, lettersTask(), { stepz: 3 } as Partial<PPOConfig>))).message,
      /ppo: unknown setting "stepz" \(3\)/,
    );
    assert.match(
      (await failure(run(policy, lettersTask(), { clip: "0.2" } as unknown as Partial<PPOConfig>))).message,
      /clip is "0\.2", a string/,
    );
    policy.dispose();
  });
  assert.is(left, 0);
});

test("the project, an unnamed folder and a folder of something else are refused before anything is made", async () => {
  const policy = tinyPolicy();
  const left = await tensorsLeftBy(async () => {
    assert.match(
      (await failure(run(policy, lettersTask(), { folder: "." }))).message,
      /^ppo: the folder .* holds .* and not a run\. It was left as it is/,
    );
    assert.match((await failure(run(policy, lettersTask(), { folder: "lib/.." }))).message, /and not a run/);
    assert.match((await failure(run(policy, lettersTask(), { folder: "" }))).message, /folder is ""/);
  });
  assert.is(left, 0);
  assert.ok(existsSync("package.json"));
});

test("a run is not gone on with under other settings, and a longer run is no other setting", async () => {
  const folder = temporaryFolder();
  await run(tinyPolicy(), lettersTask(), { folder, steps: 2 });
  const error = await failure(run(tinyPolicy(), lettersTask(), { folder, resume: true, learningRate: 5e-3 }));
  assert.match(
    error.message,
    /began with learningRate 0\.001, not 0\.005\. Resume with its settings, or start in another folder/,
  );
  assert.equal(
    (await run(tinyPolicy(), lettersTask(), { folder, resume: true, steps: 3 })).map(({ step }) => step),
    [3],
  );
});

test("a refused resume leaves no tensor behind", async () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  await run(policy, lettersTask(), { folder, steps: 1 });
  assert.is(
    await tensorsLeftBy(
      async () => void (await failure(run(policy, lettersTask(), { folder, resume: true, seed: 8 }))),
    ),
    0,
  );
});

test("a folder that holds a run is set aside, not overwritten", async () => {
  const folder = join(temporaryFolder(), "run");
  await run(tinyPolicy(), lettersTask(), { folder, steps: 1 });
  const first = metricsOf(folder);
  await run(tinyPolicy(), lettersTask(), { folder, steps: 1, seed: 9 });
  assert.is(metricsOf(`${folder}-1`), first);
  assert.is.not(metricsOf(folder), first);
});

test("when the step begins, sampler and trainer agree: the first update sees ratio 1", async () => {
  const [step] = await run(tinyPolicy(), lettersTask(), { steps: 1, miniBatch: 4 });
  close([step!["actor/ppo_kl"]!, step!["actor/pg_clipfrac"]!, step!["critic/kl"]!], [0, 0, 0], { atol: 1e-5 });
});

test("they agree at another temperature too", async () => {
  const [step] = await run(tinyPolicy(), lettersTask(), { steps: 1, miniBatch: 4, temperature: 0.7 });
  close([step!["actor/ppo_kl"]!, step!["actor/pg_clipfrac"]!, step!["critic/kl"]!], [0, 0, 0], { atol: 1e-5 });
});

test("while the critic warms up, the policy stays as it is", async () => {
  const policy = tinyPolicy();
  const before = bits(policy);
  const steps = await run(policy, lettersTask(), { steps: 3, criticWarmup: 2 }, 2);
  assert.equal(bits(policy), before);
  assert.ok("critic/vf_loss" in steps[1]! && !("actor/pg_loss" in steps[1]!));
});

test("a critic that is lent is trained and stays the lender's", async () => {
  const policy = tinyPolicy();
  const critic = criticFrom(policy);
  await run(policy, lettersTask(), { steps: 1, critic });
  assert.ok(critic.variables.at(-1)!.dataSync()[0] !== 0);
  critic.dispose();
});

test("validation is greedy, under verl's names, every so many steps", async () => {
  const steps = await run(tinyPolicy(), lettersTask(), {
    steps: 4,
    validation: { ...lettersTask(3), name: "held" },
    validateEvery: 2,
  });
  assert.equal(
    steps.map((step) => "val-core/held/reward/mean@1" in step),
    [false, true, false, true],
  );
});

test("a validation that fails costs no line of the metrics", async () => {
  const validation: Task = { ...lettersTask(2), name: "held" };
  const options = { validateEvery: 2, steps: 4 };
  const [whole, broken] = [temporaryFolder(), temporaryFolder()];
  await run(tinyPolicy(), lettersTask(), { ...options, folder: whole, validation });
  const down: Task = {
    ...validation,
    score: async () => Promise.reject(new SearchUnavailable("PubMed", "HTTP 503", "Wait.")),
  };
  assert.is(
    (await failure(run(tinyPolicy(), lettersTask(), { ...options, folder: broken, validation: down }))).name,
    "SearchUnavailable",
  );
  await run(tinyPolicy(), lettersTask(), { ...options, folder: broken, validation, resume: true });
  const [lines, expected] = [broken, whole].map((folder) =>
    metricsOf(folder)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as TrainingStep),
  );
  assert.equal(
    lines!.map(({ step }) => step),
    [1, 2, 3, 4],
  );
  assert.not.ok(
    Object.keys(lines![1]!).some((name) => name.startsWith("val-core")),
    "step 2 has its metrics, without the validation that failed",
  );
  assert.equal(lines!.slice(2), expected!.slice(2));
});

test("an update that breaks half way is not kept: the run goes on from whole steps", async () => {
  const folder = temporaryFolder();
  const task = lettersTask();
  let scored = 0;
  const counted: Task = { ...task, score: async (...args) => (scored++, task.score(...args)) };
  const trained = tinyPolicy();
  const critic = criticFrom(trained);
  let passes = 0; // of the critic in the third step: its values, a first mini-batch, and one that breaks
  const breaking: Critic = {
    ...critic,
    values: (...args) => (scored > 11 && ++passes > 2 ? tf.mul(critic.values(...args), NaN) : critic.values(...args)),
  };
  const sound: Task = { ...task, score: async (...args) => ({ ...(await task.score(...args)), reward: 1 }) };
  assert.match(
    (await failure(run(trained, counted, { folder, saveEvery: 1, epochs: 1, critic: breaking }))).message,
    /loss is NaN/,
  );
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith("checkpoint")),
    ["checkpoint-2"],
  );
  const policy = tinyPolicy();
  await run(policy, sound, { folder, resume: true, saveEvery: 1, epochs: 1, steps: 3 });
  assert.is(metricsOf(folder).trim().split("\n").length, 3);
});

test.run();
