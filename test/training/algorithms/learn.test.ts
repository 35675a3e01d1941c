import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { untrained } from "../../../lib/models/policy";
import type { Algorithm } from "../../../lib/training/algorithms/algorithm";
import { bestOfN } from "../../../lib/training/algorithms/best-of-n";
import { dapo } from "../../../lib/training/algorithms/ratios/dapo";
import { drGrpo } from "../../../lib/training/algorithms/baselines/dr-grpo";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { gspo } from "../../../lib/training/algorithms/ratios/gspo";
import { reinforcePlusPlus } from "../../../lib/training/algorithms/baselines/reinforce-plus-plus";
import { rloo } from "../../../lib/training/algorithms/baselines/rloo";
import { cispo } from "../../../lib/training/algorithms/ratios/cispo";
import { clipCov } from "../../../lib/training/algorithms/ratios/clip-cov";
import { dppo } from "../../../lib/training/algorithms/ratios/dppo";
import { gmpo } from "../../../lib/training/algorithms/ratios/gmpo";
import { klCov } from "../../../lib/training/algorithms/ratios/kl-cov";
import { sapo } from "../../../lib/training/algorithms/ratios/sapo";
import { gpg } from "../../../lib/training/algorithms/baselines/gpg";
import { grpoPassK } from "../../../lib/training/algorithms/baselines/grpo-pass-k";
import { opo } from "../../../lib/training/algorithms/baselines/opo";
import { remax } from "../../../lib/training/algorithms/baselines/remax";
import { loopDefaults } from "../../../lib/training/loop/loop-config";
import { trainingRun } from "../../../lib/training/loop/training-run";
import { lettersTask, tensorsLeftBy, tinyConfig, tinyTokenizer } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

/** Each algorithm with the responses of a step: as many as four prompts of four responses. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  grpo: grpo({ group: 4 }),
  "grpo as DeepRetrieval's verl": grpo({ group: 4, profile: "deepretrieval" }),
  "grpo as first published": grpo({ group: 4, aggregation: "seq-mean-token-mean", klTarget: 0.1 }),
  drGrpo: drGrpo({ group: 4 }),
  rloo: rloo({ group: 4 }),
  "reinforce++": reinforcePlusPlus(),
  "reinforce++ with a baseline": reinforcePlusPlus({ baseline: true, group: 4 }),
  dapo: dapo({ group: 4, rounds: 3, overlongFactor: 0 }),
  gspo: gspo({ group: 4 }),
  bestOfN: bestOfN({ group: 4 }),
  cispo: cispo({ group: 4 }),
  sapo: sapo({ group: 4 }),
  gmpo: gmpo({ group: 4 }),
  clipCov: clipCov({ group: 4, clipCovRatio: 0.02 }),
  klCov: klCov({ group: 4, klCovRatio: 0.02 }),
  "dppo by total variation": dppo({ group: 4 }),
  "dppo by the KL divergence": dppo({ group: 4, divergence: "kl" }),
  opo: opo({ group: 4 }),
  gpg: gpg({ group: 4 }),
  grpoPassK: grpoPassK({ group: 4 }),
  remax: remax(),
};
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

for (const [name, algorithm] of Object.entries(algorithms))
  test(`${name} learns to write the letter that pays, and no step leaves a tensor behind`, async () => {
    const config = {
      ...loopDefaults,
      steps: name === "remax" ? 80 : 40, // its baseline is 0 until a greedy response earns something
      batchSize: 16 / algorithm.group,
      miniBatch: 16,
      maxResponse: 4,
      learningRate: 1e-2,
      seed: 1,
    };
    const policy = untrained(tinyConfig, tinyTokenizer, 1);
    const rewards: number[] = [];
    const left = await tensorsLeftBy(async () => {
      let held: number | undefined;
      const plan = { where: "test", algorithm, config, settings: {}, defaults: {}, extras: {} };
      for await (const step of trainingRun(policy, lettersTask(), plan, [])) {
        rewards.push(step["reward/mean"]!);
        held ??= tf.memory().numTensors;
        assert.is(tf.memory().numTensors, held, `after step ${step.step}`);
        for (const [metric, value] of Object.entries(step)) assert.ok(Number.isFinite(value), `${metric} is ${value}`);
      }
    });
    policy.dispose();
    const [first, last] = [mean(rewards.slice(0, 5)), mean(rewards.slice(-5))];
    assert.ok(last > 2 * first + 0.5, `from ${first} to ${last}`);
    assert.is(left, 0);
  });

test.run();
