import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Random } from "../../../lib/core/random";
import { useBackend } from "../../../lib/backend/choose";
import { untrained, type Policy } from "../../../lib/models/policy";
import { sft, type SftConfig, type SftStep } from "../../../lib/training/supervised/sft";
import { close, tensorsLeftBy, tinyConfig, tinyTokenizer } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const example = (rng: Random) => {
  const word = rng.pick(["cat", "hat"]);
  return { prompt: `the ${word}<think>`, response: ` ${word}</think>` };
};
const tiny: Partial<SftConfig> = { steps: 30, batchSize: 8, learningRate: 2e-2, warmup: 3, seed: 2 };
const fresh = () => untrained(tinyConfig, tinyTokenizer, 1);

async function run(policy: Policy, options: Parameters<typeof sft>[2] = {}): Promise<SftStep[]> {
  const steps: SftStep[] = [];
  for await (const step of sft(policy, example, { ...tiny, ...options })) steps.push(step);
  return steps;
}

test("it begins at log V, ends near 0, and the policy then writes what it was shown", async () => {
  const policy = fresh();
  const steps = await run(policy);
  assert.ok(Math.abs(steps[0]!["train/loss"] - Math.log(300)) < 0.2, `${steps[0]!["train/loss"]}`);
  assert.ok(steps.at(-1)!["train/loss"] < 0.4, `${steps.at(-1)!["train/loss"]}`);
  const [cat] = await policy.generate(["the cat<think>"], { maxTokens: 6, temperature: 0 });
  assert.match(cat!.text, /^ (cat|hat)<\/think>$/);
  assert.ok(cat!.finished, "the end-of-text token was learned too");
});

test("the same seed twice is the same, number by number", async () => {
  assert.equal(await run(fresh(), { steps: 3 }), await run(fresh(), { steps: 3 }));
});

test("a policy, its copies and its facts say what it imitated since it was loaded", async () => {
  const policy = fresh();
  assert.equal([policy.lessons, policy.about!().imitated], [[], undefined]);
  for await (const _ of sft(policy, example, { ...tiny, steps: 2 }));
  assert.equal(policy.lessons, ["sft of 2 steps, seed 2"]);
  assert.is(policy.about!().imitated, "sft of 2 steps, seed 2");
  const copy = policy.freeze();
  assert.equal(copy.lessons, policy.lessons);
  copy.dispose();
  policy.dispose();
});

test("tokens are counted without padding", async () => {
  const [step] = await run(fresh(), { steps: 1 });
  const { encode } = tinyTokenizer;
  // "hat" is as long
  assert.is(step!["perf/total_num_tokens"], 8 * (encode("the cat<think>").length + encode(" cat</think>").length + 1));
});

test("stopped early, aborted or refused, it leaves no tensor behind", async () => {
  const policy = fresh();
  const left = await tensorsLeftBy(async () => {
    for await (const _ of sft(policy, example, tiny)) break;
    for (const options of [{ signal: AbortSignal.abort() }, { stepz: 1 } as Partial<SftConfig>]) {
      try {
        await run(policy, options);
        assert.unreachable("went on");
      } catch (error) {
        assert.ok(["Interrupted", "TypeError"].includes((error as Error).name), `${String(error)}`);
      }
    }
  });
  assert.is(left, 0);
});

test("in micro-batches, with activations computed anew, a step is the same to 1e-6", async () => {
  const policies = [{}, { microBatch: 3, checkpoint: true }, { microBatch: 1 }].map((options) => ({
    options,
    policy: fresh(),
  }));
  const runs: SftStep[][] = [];
  for (const { options, policy } of policies) runs.push(await run(policy, { steps: 2, batchSize: 8, ...options }));
  for (const steps of runs.slice(1)) {
    for (const [i, step] of steps.entries())
      for (const name of ["train/loss", "train/grad_norm"] as const)
        close([step[name]], [runs[0]![i]![name]], { rtol: 1e-6, atol: 1e-6, what: name });
  }
});

test.run();
