import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { SearchUnavailable } from "../../lib/core/errors";
import type { Completion } from "../../lib/core/records";
import type { Task } from "../../lib/core/roles";
import { untrained, type Policy } from "../../lib/models/policy";
import type { Algorithm } from "../../lib/training/algorithms/algorithm";
import { bestOfN } from "../../lib/training/algorithms/best-of-n";
import { dapo } from "../../lib/training/algorithms/ratios/dapo";
import { distillation } from "../../lib/training/algorithms/distillation";
import { drGrpo } from "../../lib/training/algorithms/baselines/dr-grpo";
import { grpo } from "../../lib/training/algorithms/grpo";
import { gspo } from "../../lib/training/algorithms/ratios/gspo";
import { ppoAlgorithm } from "../../lib/training/algorithms/ppo";
import { reinforcePlusPlus } from "../../lib/training/algorithms/baselines/reinforce-plus-plus";
import { rloo } from "../../lib/training/algorithms/baselines/rloo";
import { cispo } from "../../lib/training/algorithms/ratios/cispo";
import { clipCov } from "../../lib/training/algorithms/ratios/clip-cov";
import { dppo } from "../../lib/training/algorithms/ratios/dppo";
import { gmpo } from "../../lib/training/algorithms/ratios/gmpo";
import { klCov } from "../../lib/training/algorithms/ratios/kl-cov";
import { sapo } from "../../lib/training/algorithms/ratios/sapo";
import { gpg } from "../../lib/training/algorithms/baselines/gpg";
import { grpoPassK } from "../../lib/training/algorithms/baselines/grpo-pass-k";
import { opo } from "../../lib/training/algorithms/baselines/opo";
import { remax } from "../../lib/training/algorithms/baselines/remax";
import type { TrainingStep } from "../../lib/training/loop/training-step";
import type { RolloutEngine } from "../../lib/training/rollout-engine";
import { train, type TrainOptions } from "../../lib/training/train";
import { lettersTask, temporaryFolder, tensorsLeftBy, tinyConfig, tinyPolicy, tinyTokenizer } from "../fixtures";

test.before(async () => void (await useBackend("wasm")));

const algorithms: Readonly<Record<string, () => Algorithm>> = {
  ppo: () => ppoAlgorithm(),
  grpo: () => grpo({ group: 2 }),
  drGrpo: () => drGrpo({ group: 2 }),
  rloo: () => rloo({ group: 2 }),
  "reinforce++": () => reinforcePlusPlus(),
  "reinforce++ with a baseline": () => reinforcePlusPlus({ baseline: true, group: 2 }),
  dapo: () => dapo({ group: 2, rounds: 2 }),
  gspo: () => gspo({ group: 2 }),
  bestOfN: () => bestOfN({ group: 2 }),
  cispo: () => cispo({ group: 2 }),
  sapo: () => sapo({ group: 2 }),
  gmpo: () => gmpo({ group: 2 }),
  clipCov: () => clipCov({ group: 2, clipCovRatio: 0.1 }),
  klCov: () => klCov({ group: 2, klCovRatio: 0.1 }),
  dppo: () => dppo({ group: 2 }),
  opo: () => opo({ group: 2 }),
  gpg: () => gpg({ group: 2 }),
  grpoPassK: () => grpoPassK({ group: 2 }),
  remax: () => remax(),
  distillation: () => distillation(teacher, { rewardCoefficient: 1, group: 2 }),
  "distillation by the whole vocabulary": () => distillation(teacher, { divergence: "full" }),
};
let teacher: Policy;
test.before(() => void (teacher = tinyPolicy(9)));

const bits = (policy: Policy) => policy.variables.flatMap((variable) => [...variable.dataSync()]);
const finite = (steps: readonly TrainingStep[]) => {
  for (const step of steps)
    for (const [name, value] of Object.entries(step)) assert.ok(Number.isFinite(value), `${name} is ${value}`);
};

/** The steps of a run, its policy, and the error that ended it. */
interface Ended {
  readonly steps: readonly TrainingStep[];
  readonly policy: Policy;
  readonly error?: Error;
}

async function runOf(algorithm: Algorithm, task: Task, options: TrainOptions = {}, own?: Policy): Promise<Ended> {
  const policy = own ?? tinyPolicy();
  const steps: TrainingStep[] = [];
  const limits = { outageBackOff: 0, outageRetries: 0, outageLimit: 1, rewardSeconds: 0.05 };
  const size = { steps: 2, batchSize: 8 / algorithm.group, miniBatch: 8, maxResponse: 4, learningRate: 1e-3, seed: 3 };
  try {
    for await (const step of train(policy, task, { ...size, ...limits, algorithm, ...options })) steps.push(step);
    return { steps, policy };
  } catch (error) {
    return { steps, policy, error: error as Error };
  }
}

const letters = lettersTask();
const scoring = (score: Task["score"]): Task => ({ ...letters, score });
const down = () => Promise.reject(new SearchUnavailable("PubMed", "HTTP 503", "Wait.", { outage: "server" }));

/** An engine that writes the same tokens always, with the policy's log-probability where it is asked for. */
const writing = (completion: Completion): RolloutEngine => ({
  name: "writer",
  generate: async (prompts) => prompts.map(() => completion),
});
const { eos } = tinyTokenizer;

/** Each case: what is done, and what must hold afterwards. */
const cases: Readonly<Record<string, (algorithm: Algorithm) => Promise<void>>> = {
  async "a reward that throws ends the run by name, before any weight changes"(algorithm) {
    const { error, policy } = await runOf(
      algorithm,
      scoring(() => Promise.reject(new TypeError("x is undefined"))),
    );
    assert.match(
      error!.message,
      /task letters: the reward of problem p\d for the completion .* TypeError: x is undefined/,
    );
    assert.equal(bits(policy), bits(tinyPolicy()));
  },
  async "so does a reward that is NaN, Infinity or no number"(algorithm) {
    for (const reward of [NaN, Infinity, "1", undefined]) {
      const score = { kind: "scored", reward: reward as number, query: "", measures: {} } as const;
      const { error, policy } = await runOf(
        algorithm,
        scoring(async () => score),
      );
      assert.match(error!.message, /the reward of problem p\d .* must be a finite number/);
      assert.equal(bits(policy), bits(tinyPolicy()));
    }
  },
  async "a reward that hangs is an outage, and the others teach"(algorithm) {
    let calls = 0;
    const { steps, error } = await runOf(
      algorithm,
      scoring((...given) => (calls++ % 4 === 0 ? new Promise(() => undefined) : letters.score(...given))),
      { searches: 16 },
    );
    assert.is(error, undefined);
    finite(steps);
    for (const step of steps) {
      assert.ok(step["reward/outages/timeout"]! > 0);
      assert.is(step["reward/n_total"]! - step["reward/n_scored"]!, step["reward/outages/timeout"]);
    }
  },
  async "a group whose members all failed teaches nothing, and stops nothing"(algorithm) {
    const { steps, error } = await runOf(
      algorithm,
      scoring((problem, ...given) => (problem.id === "p0" ? down() : letters.score(problem, ...given))),
      { batchSize: 8, miniBatch: 8 * algorithm.group },
    );
    assert.is(error, undefined);
    finite(steps);
    // dynamic sampling draws prompts again, and may draw this one again
    const rounds = algorithm.rounds ?? 1;
    for (const { "reward/outages/server": count } of steps)
      assert.ok(count! >= algorithm.group && count! <= rounds * algorithm.group, `${count} outages`);
  },
  async "a step whose rewards are all missing changes no weight"(algorithm) {
    const { steps, error, policy } = await runOf(algorithm, scoring(down), { outageLimit: 1, outagePatience: 0 });
    assert.is(error!.name, "SearchUnavailable");
    assert.equal([steps.length, bits(policy)], [0, bits(tinyPolicy())]);
  },
  async "responses of one token are trained on"(algorithm) {
    const { steps, error } = await runOf(algorithm, letters, { maxResponse: 1 });
    assert.is(error, undefined);
    finite(steps);
    assert.ok(steps.every((step) => step["response_length/max"] === 1));
  },
  async "so are responses that end at once"(algorithm) {
    const { steps, error } = await runOf(algorithm, letters, {
      sampler: writing({ text: "", tokens: [eos], logps: [-1], finished: true }),
    });
    assert.is(error, undefined);
    finite(steps);
    assert.ok(steps.every((step) => step["response_length/mean"] === 1));
  },
  async "responses without any token are counted and teach nothing"(algorithm) {
    const { steps, error, policy } = await runOf(algorithm, letters, {
      sampler: writing({ text: "", tokens: [], logps: [], finished: true }),
    });
    assert.is(error, undefined);
    finite(steps);
    assert.is(steps.length, 2);
    assert.ok(steps.every((step) => step["response_length/max"] === 0));
    assert.equal(bits(policy), bits(tinyPolicy()));
  },
  async "among others, a response without a token changes nothing for them"(algorithm) {
    let calls = 0;
    const policy = tinyPolicy();
    const some: RolloutEngine = {
      name: "some",
      generate: async (prompts, options) =>
        (await policy.generate(prompts, options)).map((made) =>
          calls++ % 3 === 0 ? { text: "", tokens: [], logps: [], finished: true } : made,
        ),
    };
    const { steps, error } = await runOf(algorithm, letters, { sampler: some }, policy);
    assert.is(error, undefined);
    finite(steps);
  },
  async "a validation whose scores have other measures has columns of its own, and stops nothing"(algorithm) {
    let calls = 0;
    const validation: Task = {
      ...lettersTask(3),
      name: "held",
      score: async () => ({
        kind: "scored",
        reward: 1,
        query: "",
        measures: calls++ % 2 ? { other: 0.5 } : { "R@5": 0.25, other: 0.5 },
      }),
    };
    const { steps, error } = await runOf(algorithm, letters, { validation, validateEvery: 1 });
    assert.is(error, undefined);
    finite(steps);
    assert.ok(steps.every((step) => step["val-core/held/other/mean@1"] === 0.5));
    assert.ok(steps.every((step) => step["val-aux/held/n_scored"] === 3));
  },
  async "a validation that returns no score names the problem, and the step before it is on disk"(algorithm) {
    const folder = temporaryFolder();
    const validation: Task = { ...lettersTask(2), name: "held", score: async () => ({ recall: 1 }) as never };
    const { error } = await runOf(algorithm, letters, { validation, validateEvery: 2, folder });
    assert.match(error!.message, /task held: .*problem p\d.*\{"recall":1\}; it must be \{ kind: "scored"/);
    assert.ok(readdirSync(folder).includes("checkpoint-2"));
    const { error: later, steps } = await runOf(algorithm, letters, { folder, resume: true, steps: 3 });
    assert.is(later, undefined);
    assert.equal(
      steps.map(({ step }) => step),
      [3],
    );
  },
  async "a disk that is full at a checkpoint ends the run, and it goes on from the checkpoint before"(algorithm) {
    const folder = temporaryFolder();
    const policy = tinyPolicy();
    let saves = 0;
    const filling: Policy = Object.create(policy, {
      save: {
        value: (...given: Parameters<Policy["save"]>) => {
          if (++saves > 2) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
          policy.save(...given);
        },
      },
    }) as Policy;
    const { error, steps } = await runOf(algorithm, letters, { folder, saveEvery: 1, steps: 4 }, filling);
    assert.match(error!.message, /ENOSPC/);
    assert.is(steps.length, 2);
    assert.equal(
      readdirSync(folder).filter((name) => name.startsWith("checkpoint")),
      ["checkpoint-1", "checkpoint-2"],
    );
    const { steps: rest, policy: resumed } = await runOf(algorithm, letters, { folder, resume: true, steps: 4 });
    const straight = await runOf(algorithm, letters, { steps: 4 });
    assert.is(rest.at(-1)!.step, 4);
    assert.equal(bits(resumed), bits(straight.policy));
  },
  async "a checkpoint of another model is refused by file and tensor"(algorithm) {
    const folder = temporaryFolder();
    await runOf(algorithm, letters, { folder });
    const other = untrained({ ...tinyConfig, intermediate_size: 32 }, tinyTokenizer, 1);
    const before = bits(other);
    const { error } = await runOf(algorithm, letters, { folder, resume: true, steps: 3 }, other);
    assert.is(error!.name, "CorruptData");
    assert.match(error!.message, /policy-state\.safetensors.*layers\.0\.\w+.*Resume with the model the run began with/);
    assert.equal(bits(other), before);
    other.dispose();
  },
};

for (const [what, check] of Object.entries(cases))
  for (const [name, make] of Object.entries(algorithms)) test(`${name}: ${what}`, () => check(make()));

test("no run that ended with an error leaves a tensor of its own", async () => {
  for (const make of Object.values(algorithms)) {
    const algorithm = make();
    const left = await tensorsLeftBy(async () => {
      const { policy } = await runOf(
        algorithm,
        scoring(() => Promise.reject(new TypeError("x"))),
      );
      policy.dispose();
    });
    assert.is(left, 0);
  }
});

test.run();
