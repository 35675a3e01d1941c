import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../../lib/backend/choose";
import { SearchUnavailable } from "../../../../lib/core/errors";
import type { Task } from "../../../../lib/core/roles";
import { remax } from "../../../../lib/training/algorithms/baselines/remax";
import type { StepRollouts } from "../../../../lib/core/written";
import type { TrainingStep } from "../../../../lib/training/loop/training-step";
import { train, type TrainOptions } from "../../../../lib/training/train";
import { lettersTask, temporaryFolder, tinyPolicy } from "../../../fixtures";

test.before(async () => void (await useBackend("wasm")));

const letters = lettersTask();
const size: TrainOptions = {
  steps: 4,
  batchSize: 4,
  miniBatch: 4,
  maxResponse: 4,
  learningRate: 1e-3,
  seed: 3,
  algorithm: remax(),
  outageBackOff: 0,
  outageRetries: 0,
  outageLimit: 1,
};

async function stepsOf(task: Task, options: TrainOptions = {}, policy = tinyPolicy()): Promise<TrainingStep[]> {
  const steps: TrainingStep[] = [];
  for await (const step of train(policy, task, { ...size, ...options })) steps.push(step);
  return steps;
}

test("every prompt is answered greedily too, and that reward is taken off the advantage of each token", async () => {
  let asked = 0;
  const paid: Task = {
    ...letters,
    score: async (...given) => {
      asked++;
      return { ...(await letters.score(...given)), reward: 3 };
    },
  };
  const [first] = await stepsOf(paid, { steps: 1, algorithm: remax({ klCoefficient: 0 }) });
  assert.is(asked, 8);
  assert.equal([first!["reward/n_total"], first!["reward/baseline_mean"], first!["reward/mean"]], [4, 3, 3]);
  assert.equal([first!["critic/advantages/max"], first!["critic/advantages/min"]].map(Math.abs as never), [0, 0]);
});

test("a prompt whose greedy response has no reward teaches nothing, and is counted", async () => {
  let calls = 0;
  const down: Task = {
    ...letters,
    score: async (...given) => {
      const first = calls++ === 4; // greedy response: the four samples are scored before
      if (first) throw new SearchUnavailable("PubMed", "HTTP 503", "Wait.", { outage: "server" });
      return letters.score(...given);
    },
  };
  const [first] = await stepsOf(down, { steps: 1, searches: 1 });
  assert.equal([first!["reward/baseline_outages"], first!["reward/n_scored"], first!["reward/outage_rate"]], [1, 4, 0]);
});

test("greedy responses stand beside the rollouts on disk, and a run that goes on asks for none again", async () => {
  const [folder, straight] = [temporaryFolder(), temporaryFolder()];
  await stepsOf(letters, { folder: straight });
  await stepsOf(letters, { folder, steps: 2 });
  await stepsOf(letters, { folder, resume: true });
  for (const file of ["metrics.jsonl", "rollouts.jsonl"])
    assert.is(readFileSync(join(folder, file), "utf8"), readFileSync(join(straight, file), "utf8"), file);
  const lines = readFileSync(join(folder, "rollouts.jsonl"), "utf8").trim().split("\n");
  for (const { rollouts, greedy } of lines.map((line) => JSON.parse(line) as StepRollouts))
    assert.equal([rollouts.length, greedy!.length], [4, 4]);
});

test.run();
