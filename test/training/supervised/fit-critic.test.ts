import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Random } from "../../../lib/core/random";
import { useBackend } from "../../../lib/backend/choose";
import { criticFrom } from "../../../lib/models/critic";
import { untrained } from "../../../lib/models/policy";
import { fitCritic, type fitCriticDefaults, type CriticStep } from "../../../lib/training/supervised/fit-critic";
import { close, tensorsLeftBy, tinyConfig, tinyTokenizer } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

/** The reward can be told from the first token of the response. */
const example = async (rng: Random) => {
  const good = rng.next() < 0.5;
  return { prompt: "the<think>", response: good ? " cat sat on the" : " hat sat", reward: good ? 3 : -1 };
};

async function run(steps: number, options: Partial<typeof fitCriticDefaults> = {}): Promise<CriticStep[]> {
  const policy = untrained(tinyConfig, tinyTokenizer, 1);
  const critic = criticFrom(policy);
  const log: CriticStep[] = [];
  for await (const step of fitCritic(critic, policy, example, {
    steps,
    batchSize: 8,
    learningRate: 2e-2,
    warmup: 2,
    seed: 1,
    ...options,
  }))
    log.push(step);
  policy.dispose();
  critic.dispose();
  return log;
}

test("a critic learns to tell a good beginning from a bad one, and leaves no tensor behind", async () => {
  let log: CriticStep[] = [];
  const left = await tensorsLeftBy(async () => void (log = await run(25)));
  assert.ok(log[0]!["critic/vf_loss"] > 1, "½·E[R²] with R of 3 and −1 is 2.5 at even odds");
  assert.ok(Math.abs(log[0]!["critic/vf_explained_var"]) < 1e-3, "a head at zero explains nothing");
  assert.ok(log.at(-1)!["critic/vf_explained_var"] > 0.5, `${log.at(-1)!["critic/vf_explained_var"]}`);
  assert.is(left, 0);
});

test("the same seed twice is the same, number by number", async () => assert.equal(await run(2), await run(2)));

test("in micro-batches, with activations computed anew, the numbers are the same, and no tensor is left", async () => {
  const whole = await run(3);
  for (const options of [{ microBatch: 3 }, { microBatch: 1, checkpoint: true }, { checkpoint: true }]) {
    let log: CriticStep[] = [];
    assert.is(await tensorsLeftBy(async () => void (log = await run(3, options))), 0);
    for (const [i, step] of log.entries())
      for (const [name, value] of Object.entries(step))
        close([value], [whole[i]![name as keyof CriticStep]], {
          rtol: 1e-5,
          atol: 2e-5,
          what: `${name} of step ${i + 1}`,
        });
  }
});

test.run();
