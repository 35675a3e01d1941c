import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import type { Score } from "../../../lib/core/records";
import type { Task } from "../../../lib/core/roles";
import { untrained, type Policy } from "../../../lib/models/policy";
import { doctor } from "../../../lib/notebook/run-report/doctor";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { ppoAlgorithm } from "../../../lib/training/algorithms/ppo";
import type { TrainingStep } from "../../../lib/training/loop/training-step";
import { policyVariables } from "../../../lib/training/run-folder/named-variables";
import { train, type TrainOptions } from "../../../lib/training/train";
import { lettersTask, tinyConfig, tinyTokenizer } from "../../fixtures";
import { flaky } from "../../training/flaky";

/** Runs of a tiny policy that are made to fail, each in one way, and what the doctor says of their metrics. */

test.before(async () => void (await useBackend("wasm")));

const letters = lettersTask();
const rewarding = (reward: (id: string, completion: string, call: number) => number): Task => {
  let call = 0;
  return {
    ...letters,
    score: async ({ id }, completion): Promise<Score> => ({
      kind: "scored",
      reward: reward(id, completion, call++),
      query: completion,
      measures: {},
    }),
  };
};

/** The steps of a run, and its policy; a run that ends with an error has the steps before it. */
async function ran(task: Task, options: TrainOptions): Promise<{ steps: TrainingStep[]; policy: Policy }> {
  const steps: TrainingStep[] = [];
  const policy = untrained(tinyConfig, tinyTokenizer, 1);
  const size = { steps: 14, batchSize: 4, miniBatch: 16, maxResponse: 4, seed: 1, algorithm: grpo({ group: 4 }) };
  try {
    for await (const step of train(policy, task, { ...size, ...options })) steps.push(step);
  } catch (error) {
    assert.match((error as Error).message, /loss is|not finite|probabilit|NaN/);
  }
  return { steps, policy };
}

const kindsOf = (steps: readonly TrainingStep[]): string[] => doctor(steps).findings.map(({ kind }) => kind);

const ways: Readonly<Record<string, () => Promise<TrainingStep[]>>> = {
  "entropy collapse": async () =>
    (await ran(letters, { learningRate: 0.1, steps: 40, algorithm: grpo({ group: 4, klCoefficient: 0 }) })).steps,
  cut: async () => (await ran(letters, { learningRate: 1e-5 })).steps,
  "groups without spread": async () =>
    (
      await ran(
        rewarding((id) => Number(id.slice(1))),
        { learningRate: 1e-4 },
      )
    ).steps,
  kl: async () => (await ran(letters, { learningRate: 0.3, algorithm: grpo({ group: 4, klCoefficient: 1e-9 }) })).steps,
  "useless value function": async () =>
    (await ran(letters, { batchSize: 16, algorithm: ppoAlgorithm({ criticLearningRate: 0.5, valueClip: 100 }) })).steps,
  "saturated reward": async () =>
    (
      await ran(
        rewarding((_, __, call) => (call < 20 ? 0 : call % 97 === 0 ? 5.9 : 6)),
        { learningRate: 1e-5 },
      )
    ).steps,
  outages: async () =>
    (
      await ran(flaky(letters, { share: 0.5, seed: 1 }).task, {
        outageRetries: 0,
        outageLimit: 1,
        rewardSeconds: 0.05,
        searches: 16,
        steps: 3,
      })
    ).steps,
  "validation time": async () =>
    (
      await ran(letters, {
        validation: { ...lettersTask(200), name: "held" },
        validateEvery: 1,
        validationBudget: 1,
      })
    ).steps,
};

for (const [kind, run] of Object.entries(ways))
  test(`a run that fails by "${kind}" is told so`, async () => {
    const kinds = kindsOf(await run());
    assert.ok(kinds.includes(kind), `found: ${kinds.join(", ") || "nothing"}`);
  });

test("weights that overflow are told by the name of the first tensor that holds them", async () => {
  const { steps, policy } = await ran(letters, { learningRate: 1e38, maxGradNorm: Infinity, steps: 4 });
  const [finding] = doctor(steps, { tensors: policyVariables(policy) }).findings;
  assert.match(finding!.text, /The first tensor that is spoiled is (embed|layers\.0\.\w+): \d+ of its \d+ numbers/);
});

test("a run that gets on has none of these: its responses are cut by design, and nothing else is said", async () => {
  const { steps } = await ran(letters, { learningRate: 3e-3, steps: 25 });
  assert.equal(kindsOf(steps), ["cut"]);
});

test.run();
