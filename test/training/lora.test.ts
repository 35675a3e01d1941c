import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Random } from "../../lib/core/random";
import { useBackend } from "../../lib/backend/choose";
import { tf } from "../../lib/backend/tf";
import { criticFrom, readCritic } from "../../lib/models/critic";
import { model } from "../../lib/models/model";
import { qwen2, type Policy } from "../../lib/models/policy";
import { namedTensors } from "../../lib/models/decoder/weights";
import { adamW } from "../../lib/training/optimizer";
import { ppo, type PPOExtras } from "../../lib/training/ppo";
import type { PPOConfig } from "../../lib/training/ppo-config";
import { sft, type SftStep } from "../../lib/training/supervised/sft";
import { close, lettersTask, numbers, temporaryFolder, tensorsLeftBy, tinyPolicy } from "../fixtures";
import { skip } from "../skip";

test.before(async () => void (await useBackend("wasm")));

/** Whatever is asked, one word is the answer. */
const example = (rng: Random) => ({ prompt: `the ${rng.pick(["cat", "mat"])}<think>`, response: " hat</think>" });
const baseBits = (policy: Policy) => namedTensors(policy.weights).map(([, tensor]) => [...tensor.dataSync()]);
const adapterBits = (policy: Policy) => policy.variables.map((variable) => [...variable.dataSync()]);

/** Teaches it; the loss of each step. */
async function teach(policy: Policy, steps: number): Promise<number[]> {
  const losses: SftStep[] = [];
  for await (const step of sft(policy, example, { steps, batchSize: 8, learningRate: 2e-2, warmup: 3, seed: 2 }))
    losses.push(step);
  return losses.map((step) => step["train/loss"]);
}

/** A tiny checkpoint on disk, its matrices rounded to bfloat16. */
function checkpoint(): string {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  policy.save(folder, "BF16");
  policy.dispose();
  return folder;
}

test("a task is learnt by adapters alone, and lives on in the merged checkpoint", async () => {
  const left = await tensorsLeftBy(async () => {
    const base = tinyPolicy();
    // wide: adapters leave the output projection as it is
    tf.tidy(() => (base.weights.embed as tf.Variable<tf.Rank.R2>).assign(tf.mul(base.weights.embed, 6)));
    const policy = base.adapt({ rank: 4 });
    const before = [baseBits(policy), adapterBits(policy)];
    const losses = await teach(policy, 30);
    assert.ok(losses.at(-1)! < 0.2 * losses[0]!, `${losses[0]} → ${losses.at(-1)} nats a token`);
    assert.equal(baseBits(policy), before[0]);
    assert.equal(baseBits(base), before[0]);
    adapterBits(policy).forEach((bits, i) => assert.not.equal(bits, before[1]![i]));

    const folder = temporaryFolder();
    const merged = policy.merge();
    merged.save(folder);
    const back = qwen2(folder);
    const write = async (writer: Policy) =>
      (await writer.generate(["the cat<think>", "the mat<think>"], { maxTokens: 6, temperature: 0 })).map(
        ({ text }) => text,
      );
    for (const writer of [policy, back]) assert.equal(await write(writer), [" hat</think>", " hat</think>"]);
    assert.not.match((await write(base))[0]!, /hat/);
    for (const owner of [base, policy, merged, back]) owner.dispose();
  });
  assert.is(left, 0);
});

test("over a base kept as bfloat16 training is what it is over the same numbers in float32", async () => {
  const folder = checkpoint();
  const train = async (frozen: { frozen?: "bf16" }) => {
    const base = await model(folder, frozen);
    assert.is(base.variables.length === 0, frozen.frozen === "bf16");
    const policy = base.adapt({ rank: 2 });
    base.dispose();
    const losses = await teach(policy, 4);
    const bits = adapterBits(policy).flat();
    policy.dispose();
    return { losses, bits };
  };
  const left = await tensorsLeftBy(async () => {
    const [half, whole] = [await train({ frozen: "bf16" }), await train({})];
    close(half.losses, whole.losses, { rtol: 1e-6 });
    close(half.bits, whole.bits, { rtol: 1e-3, atol: 1e-5 });
  });
  assert.is(left, 0);
});

const tiny: Partial<PPOConfig> = {
  steps: 4,
  batchSize: 4,
  miniBatch: 2,
  maxResponse: 5,
  learningRate: 1e-2,
  criticLearningRate: 1e-2,
  seed: 3,
};
async function reinforce(policy: Policy, options: Partial<PPOConfig> & PPOExtras): Promise<void> {
  for await (const _ of ppo(policy, lettersTask(), { ...tiny, ...options }));
}

test("PPO of adapters: no second copy of the weights; a resumed run is byte for byte the unbroken one", async () => {
  const base = qwen2(checkpoint());
  const before = baseBits(base);
  const fresh = () => base.adapt({ rank: 2 });
  const straight = temporaryFolder();
  const policy = fresh();
  await reinforce(policy, { folder: straight });
  assert.equal(baseBits(policy), before);
  const stopped = temporaryFolder();
  await reinforce(fresh(), { folder: stopped, steps: 2 });
  const resumed = fresh();
  await reinforce(resumed, { folder: stopped, resume: true });
  const metrics = (folder: string) => readFileSync(join(folder, "metrics.jsonl"), "utf8");
  assert.is(metrics(stopped), metrics(straight));
  assert.equal(adapterBits(resumed), adapterBits(policy));
  assert.equal(
    adapterBits(base.adapt(join(straight, "checkpoint-4", "policy"))),
    adapterBits(policy),
    "a checkpoint holds the adapters as PEFT reads them",
  );
});

test(
  "reference and critic share all numbers with the policy until training makes new ones; the reference stays at " +
    "the start",
  async () => {
    const base = tinyPolicy();
    const policy = base.adapt({ rank: 1 });
    const left = await tensorsLeftBy(() => {
      const buffers = tf.memory().numDataBuffers;
      const [reference, critic] = [policy.freeze(), criticFrom(policy)];
      assert.is(tf.memory().numDataBuffers - buffers, 2 + 4); // cosines and sines each, and the critic's head
      const batch = policy.batch([{ prompt: [1, 2], response: [3, 4] }]);
      const logps = (of: Policy) => numbers(tf.tidy(() => of.tokenLogps(batch).logps));
      const before = logps(policy);
      for (const variable of policy.variables) tf.tidy(() => variable.assign(tf.add(variable, 0.1)));
      assert.equal(logps(reference), before);
      assert.equal(logps(base), before);
      assert.not.equal(logps(policy), before);
      for (const owner of [batch, reference, critic]) owner.dispose();
    });
    assert.is(left, 0);
  },
);

test("a critic of adapters goes through its folder onto the same policy", async () => {
  const base = tinyPolicy();
  const policy = base.adapt({ rank: 2 });
  const left = await tensorsLeftBy(() => {
    const critic = criticFrom(policy);
    const batch = policy.batch([{ prompt: [1, 2], response: [3, 4] }]);
    const optimizer = adamW(critic.variables);
    for (let step = 0; step < 3; step++)
      optimizer.minimise(() => tf.tidy(() => tf.mean(tf.square(tf.sub(critic.values(batch), 3))) as tf.Scalar), 0.1);
    const folder = temporaryFolder();
    critic.save(folder);
    const config = JSON.parse(readFileSync(join(folder, "adapter_config.json"), "utf8")) as Record<string, unknown>;
    assert.equal([config.task_type, config.modules_to_save], ["TOKEN_CLS", ["score"]]);
    const back = readCritic(folder, policy);
    assert.equal(numbers(back.values(batch)), numbers(critic.values(batch)));
    assert.is(back.variables.length, critic.variables.length);
    for (const owner of [critic, back, batch, optimizer]) owner.dispose();
  });
  assert.is(left, 0);
});

for (const name of ["native", "cpu", "wasm"] as const) {
  test(`${name}: an optimizer that moves weights leaves alone those who share them`, async () => {
    if (
      !(await useBackend(name).then(
        () => true,
        () => false,
      ))
    )
      return skip(`no ${name} backend`);
    const base = tinyPolicy();
    for (const [policy, weightDecay] of [
      [base.adapt({ rank: 2 }), 0.01],
      [base, 0],
      [base, 0.01],
    ] as const) {
      const reference = policy.freeze();
      const batch = policy.batch([{ prompt: [1, 2], response: [3, 4] }]);
      const logps = (of: Policy) => numbers(tf.tidy(() => of.tokenLogps(batch).logps));
      const before = logps(policy);
      const optimizer = adamW(policy.variables, { weightDecay });
      for (let step = 0; step < 2; step++)
        optimizer.minimise(() => tf.tidy(() => tf.mean(policy.tokenLogps(batch).logps).neg() as tf.Scalar), 0.1);
      assert.equal(logps(reference), before);
      assert.not.equal(logps(policy), before);
      for (const owner of [reference, batch, optimizer]) owner.dispose();
    }
  });
}

test("a model that is frozen whole is not trained by mistake", async () => {
  const frozen = await model(checkpoint(), { frozen: "bf16" });
  assert.throws(() => adamW(frozen.variables), /there is nothing to train.*adapt/);
  frozen.dispose();
});

test.run();
