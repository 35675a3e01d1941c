import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { untrained } from "../../../lib/models/policy";
import { ppo } from "../../../lib/training/ppo";
import { lettersTask, tensorsLeftBy, tinyConfig, tinyTokenizer } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

test("in 50 steps the policy learns to write the letter that pays, and no step leaves a tensor behind", async () => {
  const rewards: number[] = [];
  const policy = untrained(tinyConfig, tinyTokenizer, 1);
  const left = await tensorsLeftBy(async () => {
    let held: number | undefined;
    for await (const step of ppo(policy, lettersTask(), {
      steps: 50,
      batchSize: 16,
      miniBatch: 8,
      maxResponse: 4,
      learningRate: 1e-2,
      criticLearningRate: 1e-2,
      seed: 1,
    })) {
      rewards.push(step["reward/mean"]!);
      held ??= tf.memory().numTensors;
      assert.is(tf.memory().numTensors, held, `after step ${step.step}`);
    }
  });
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  const [first, last] = [mean(rewards.slice(0, 5)), mean(rewards.slice(-5))];
  // "a", or a token that holds one, is worth a point: hardly any at first, nearly every token in the end
  assert.ok(first < 0.5, `began at ${first}`);
  assert.ok(last > 2, `ended at ${last}: ${rewards}`);
  assert.is(left, 0);
});

test.run();
