import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { random } from "../../../lib/core/random";
import { deviceRollouts } from "../../../lib/scaling/devices/devices";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { train } from "../../../lib/training/train";
import { close, lettersTask, temporaryFolder, tinyPolicy } from "../../fixtures";

// Two processes on the processor: no machine of ours has two cards.
test.before(async () => {
  process.env["DEEPRETRIEVAL_BACKEND"] = "wasm"; // the processes inherit it
  await useBackend("wasm");
});

const prompts = ["abc", "hello", "search", "zz", "four five"];
const sampling = { maxTokens: 6, temperature: 1, rng: random(5).fork("rollout", 1) };

test("two processes write what one policy writes, with the weights of the last sync", async () => {
  const engine = deviceRollouts({ devices: ["cpu", "cpu"] });
  try {
    for (const seed of [1, 2]) {
      const policy = tinyPolicy(seed);
      await engine.sync!(policy, seed);
      const places: number[] = [];
      const made = await engine.generate(prompts, { ...sampling, onCompletion: (place) => void places.push(place) });
      const expected = await policy.generate(prompts, sampling);
      assert.equal(
        made.map(({ tokens }) => [...tokens]),
        expected.map(({ tokens }) => [...tokens]),
      );
      made.forEach(({ logps }, i) => close(logps, expected[i]!.logps, { rtol: 1e-5, atol: 1e-6, what: `row ${i}` }));
      assert.equal(places.sort(), [0, 1, 2, 3, 4]);
      policy.dispose();
    }
  } finally {
    engine.dispose();
  }
  assert.not.ok(readdirSync(tmpdir()).some((name) => name.startsWith("deepretrieval-devices-")));
});

test("weights that could not be written are written by the next sync", async () => {
  const [policy, engine] = [tinyPolicy(), deviceRollouts({ devices: ["cpu"] })];
  let isFull = true;
  const save = (folder: string) => {
    if (isFull) throw new Error("ENOSPC: no space left on device");
    policy.save(folder);
  };
  const writer = Object.create(policy, { save: { value: save } }) as typeof policy;
  try {
    assert.throws(() => engine.sync!(writer, 1), /ENOSPC/);
    isFull = false;
    await engine.sync!(writer, 2);
    const tokens = (made: readonly { readonly tokens: readonly number[] }[]) => made.map((each) => [...each.tokens]);
    assert.equal(tokens(await engine.generate(prompts, sampling)), tokens(await policy.generate(prompts, sampling)));
  } finally {
    engine.dispose();
    policy.dispose();
  }
});

test("a run whose responses come from two processes has the metrics of a run without", async () => {
  const settings = { steps: 2, batchSize: 2, miniBatch: 8, maxResponse: 5, learningRate: 1e-3, seed: 3 };
  const rewards = async (sampler?: ReturnType<typeof deviceRollouts>) => {
    const means: number[] = [];
    const options = { ...settings, algorithm: grpo({ group: 4 }), ...(sampler && { sampler }) };
    for await (const step of train(tinyPolicy(), lettersTask(), options)) means.push(step["reward/mean"]!);
    return means;
  };
  const engine = deviceRollouts({ devices: ["cpu", "cpu"] });
  try {
    assert.equal(await rewards(engine), await rewards());
  } finally {
    engine.dispose();
  }
});

test("adapters travel without the model under them, which is named", async () => {
  const folder = temporaryFolder();
  const base = tinyPolicy(4);
  base.save(folder);
  const policy = base.adapt({ rank: 2 });
  const engine = deviceRollouts({ devices: ["cpu"], model: folder });
  try {
    await engine.sync!(policy, 1);
    const [made, expected] = [await engine.generate(prompts, sampling), await policy.generate(prompts, sampling)];
    assert.equal(
      made.map(({ tokens }) => [...tokens]),
      expected.map(({ tokens }) => [...tokens]),
    );
    const nameless = deviceRollouts({ devices: ["cpu"] });
    assert.throws(() => nameless.sync!(policy, 1), /the policy has adapters.*Name it: \{ model/);
    nameless.dispose();
  } finally {
    engine.dispose();
  }
});

test("wrong settings are refused in one sentence, and an error of a policy names its device", async () => {
  for (const devices of [[], [-1], [0.5], ["gpu"], ["cuda:0"], ["0"], [NaN], [null], [0, -1], ["CPU"]])
    assert.throws(
      () => deviceRollouts({ devices: devices as number[] }),
      /deviceRollouts: devices are .*Name cards by their numbers, \[0, 1\], or "cpu"\./,
    );
  const engine = deviceRollouts({ devices: ["cpu"] });
  try {
    await engine.generate(prompts, sampling).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /no weights yet/),
    );
    await engine.sync!(tinyPolicy(), 1);
    await engine.generate(["a".repeat(500)], sampling).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /^device cpu: generate: prompt 0 has \d+ tokens/),
    );
  } finally {
    engine.dispose();
  }
});

test("a card that is not here is refused in one sentence, and the processor does not compute instead", async () => {
  const missing = 99; // no machine has so many
  const engine = deviceRollouts({ devices: ["cpu", missing] });
  const policy = tinyPolicy();
  try {
    await engine.sync!(policy, 1);
    for (let call = 0; call < 2; call++)
      await engine.generate(prompts, sampling).then(
        () => assert.unreachable(),
        ({ name, message }: Error) => {
          assert.match(message, /^device 99: [^\n]*$/);
          assert.match(message, /TensorFlow does not find this card|Backend native/);
          assert.is.not(name, "CardLost");
        },
      );
  } finally {
    engine.dispose();
    policy.dispose();
  }
});

test.run();
