import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { untrained } from "../../lib/models/policy";
import { outageCauses } from "../../lib/core/errors";
import { grpo } from "../../lib/training/algorithms/grpo";
import type { TrainingStep } from "../../lib/training/loop/training-step";
import { ppo } from "../../lib/training/ppo";
import { train } from "../../lib/training/train";
import { lettersTask, tinyConfig, tinyPolicy, tinyTokenizer } from "../fixtures";
import { flaky } from "./flaky";

test.before(async () => void (await useBackend("wasm")));

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const columns = (steps: readonly TrainingStep[]) => [...new Set(steps.map((step) => Object.keys(step).join()))];

/** The short form of test/full/outages.test.ts, which has the same on PubMed. */
test("with an engine that fails 3 of 10 calls a policy learns as with a sound one; the counts are right", async () => {
  const ends: number[] = [];
  for (const share of [0, 0.3]) {
    const { task, counts } = flaky(lettersTask(), { share, seed: 5 });
    const steps: TrainingStep[] = [];
    const run = train(untrained(tinyConfig, tinyTokenizer, 1), task, {
      algorithm: grpo({ group: 4 }),
      steps: 60,
      batchSize: 4,
      miniBatch: 16,
      maxResponse: 4,
      learningRate: 1e-2,
      seed: 1,
      searches: 16,
      outageRetries: 0,
      outageLimit: 1,
      rewardSeconds: 0.05,
    });
    for await (const step of run) steps.push(step);
    const total = (name: string) => steps.reduce((sum, step) => sum + step[name]!, 0);
    assert.is(total("reward/n_total"), 60 * 16);
    const missing = total("reward/n_total") - total("reward/n_scored");
    const causes = outageCauses.map((cause) => total(`reward/outages/${cause}`)).reduce((a, b) => a + b, 0);
    assert.is(missing, causes);
    if (share > 0) {
      // equal responses of a group are scored once: a failed call may leave several responses without a reward
      assert.ok(missing >= counts.rate_limit + counts.timeout && counts.rate_limit > 0 && counts.timeout > 0);
      assert.ok(total("reward/outages/rate_limit") >= counts.rate_limit);
      assert.ok(Math.abs(missing / 960 - 0.3) < 0.1, `${missing} of 960 rewards are missing`);
    }
    assert.is(columns(steps).length, 1, "every step has the same columns");
    ends.push(mean(steps.slice(-5).map((step) => step["reward/mean"]!)));
  }
  assert.ok(
    ends[1]! > 3 && Math.abs(ends[1]! - ends[0]!) < 0.6,
    `reward ${ends[0]} with a sound engine, ${ends[1]} without`,
  );
});

for (const [name, start] of [
  ["ppo", ppo],
  ["train", train],
] as const)
  test(`${name} has the same columns before and after the first outage, one for each cause`, async () => {
    let calls = 0;
    const { task } = flaky(lettersTask(), { share: 0.5, seed: 1 });
    const later = {
      ...task,
      score: (...args: Parameters<typeof task.score>) => (calls++ < 8 ? lettersTask() : task).score(...args),
    };
    const steps: TrainingStep[] = [];
    const limits = { outageRetries: 0, outageLimit: 1, rewardSeconds: 0.05 };
    for await (const step of start(tinyPolicy(), later, {
      steps: 3,
      batchSize: 8,
      miniBatch: 4,
      maxResponse: 4,
      ...limits,
    }))
      steps.push(step);
    assert.is(steps[0]!["reward/outage_rate"], 0);
    assert.ok(steps[2]!["reward/outage_rate"]! > 0);
    assert.is(columns(steps).length, 1);
    for (const cause of outageCauses) assert.ok(`reward/outages/${cause}` in steps[0]!, cause);
  });

test.run();
