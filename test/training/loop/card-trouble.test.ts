import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cardFailure } from "../../../lib/backend/card-failure";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import type { Kernels } from "../../../lib/backend/kernels";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { sft } from "../../../lib/training/supervised/sft";
import { train, type TrainOptions } from "../../../lib/training/train";
import { lettersTask, temporaryFolder, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

/** What TensorFlow, cuBLAS and our operations say, as they say it. */
const lost = [
  "Invalid TF_Status: 13\nMessage: CUDA error: Could not synchronize CUDA stream: CUDA_ERROR_ILLEGAL_ADDRESS",
  "the card failed: cuLaunchKernel gave CUDA_ERROR_LAUNCH_FAILED. The step is lost",
  "cuBLAS failed: cublasGemmEx gave 13",
];
const full = [
  "the card has no room for 1205 MB more. Lower the batch, train with { checkpoint: true }, or use a smaller model",
  "Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[151936,2048] and type float on GPU:0",
  "the card failed: cuMemAlloc gave CUDA_ERROR_OUT_OF_MEMORY",
];

const tiny: TrainOptions = {
  steps: 4,
  batchSize: 2,
  miniBatch: 8,
  maxResponse: 5,
  learningRate: 1e-3,
  seed: 3,
  saveEvery: 1,
  algorithm: grpo({ group: 4 }),
};

/** Runs `work` while every norm throws, of which a forward pass has several. */
async function withoutNorm(message: string, work: () => Promise<void>): Promise<void> {
  const own: { -readonly [name in keyof Kernels]: Kernels[name] } = kernels();
  const stock = own.rmsNorm;
  own.rmsNorm = () => {
    throw new Error(message);
  };
  try {
    await work();
  } finally {
    own.rmsNorm = stock;
  }
}

/** Runs `work` while the third update of the weights throws. */
async function failing(message: string, work: () => Promise<void>): Promise<void> {
  const own: { -readonly [name in keyof Kernels]: Kernels[name] } = kernels();
  const stock = own.adam;
  let updates = 0;
  own.adam = (...args) => {
    if (++updates === 3) throw new Error(message);
    stock(...args);
  };
  try {
    await work();
  } finally {
    own.adam = stock;
  }
}

async function messageOf(run: AsyncIterable<unknown>): Promise<Error> {
  try {
    for await (const _ of run);
  } catch (error) {
    return error as Error;
  }
  throw new Error("the run did not fail");
}

test("errors of a card that is full or lost are told from others", () => {
  for (const message of lost) assert.is(cardFailure(new Error(message)), "lost", message);
  for (const message of full) assert.is(cardFailure(new Error(message)), "full", message);
  for (const message of ["reward: the answer is no number", "ENOSPC: no space left on device"])
    assert.is(cardFailure(new Error(message)), undefined, message);
  // an engine on another machine, or the process of another card, has errors with names
  for (const name of ["SearchUnavailable", "DeviceFailed"])
    assert.is(cardFailure(Object.assign(new Error(lost[0]), { name })), undefined, name);
});

test("a processor whose memory is full is not called a graphics card", async () => {
  const message = "OOM when allocating tensor with shape[8] on /job:localhost/device:CPU:0 by allocator cpu";
  await failing(message, async () => {
    const error = await messageOf(train(tinyPolicy(), lettersTask(), tiny));
    assert.match(error.message, /^train, step 3: this machine's memory is full \(OOM .*needs about/);
  });
});

for (const message of [...lost, ...full])
  test(`a step that the card ends costs no earlier one, and the run goes on: ${message.slice(0, 60)}`, async () => {
    const [whole, broken] = [temporaryFolder(), temporaryFolder()];
    for await (const _ of train(tinyPolicy(), lettersTask(), { ...tiny, folder: whole }));
    await failing(message, async () => {
      const error = await messageOf(train(tinyPolicy(), lettersTask(), { ...tiny, folder: broken }));
      const cause = message
        .split("\n")
        .at(-1)!
        .replace(/^Message: /, "");
      assert.ok(error.message.includes(`(${cause})`), error.message); // and no line that holds only a number
      if (lost.includes(message)) {
        assert.is(error.name, "CardLost");
        assert.match(error.message, /^train, step 3: the graphics card computes no more .*resume: true \}\.$/);
      } else {
        assert.is(error.name, "RangeError");
        assert.match(error.message, /step 3: the graphics card is full .*An update of 8 × 10 tokens needs about/);
        assert.match(error.message, /\{ microBatch: 4 \} about .* GB; \{ checkpoint: true \} about .* GB; adapters/);
      }
    });
    for await (const _ of train(tinyPolicy(77), lettersTask(), { ...tiny, folder: broken, resume: true }));
    const read = (folder: string, name: string) => readFileSync(join(folder, name), "utf8");
    for (const name of ["metrics.jsonl", "rollouts.jsonl"]) assert.is(read(broken, name), read(whole, name), name);
  });

for (const message of [lost[0]!, full[1]!])
  test(`generation and sft say what the card has and what to do: ${message.slice(0, 50)}`, async () => {
    const policy = tinyPolicy();
    const numbers = tf.memory().numTensors;
    const example = () => ({ prompt: "ab", response: "c" });
    const calls = {
      generate: () => policy.generate(["abc", "de"], { maxTokens: 3 }),
      "sft, step 1": () =>
        messageOf(sft(policy, example, { steps: 2, batchSize: 2 })).then((error) => Promise.reject(error)),
    };
    await withoutNorm(message, async () => {
      for (const [where, call] of Object.entries(calls)) {
        const error = await call().then(
          () => assert.unreachable(),
          (thrown: Error) => thrown,
        );
        assert.is(error!.name, message === lost[0] ? "CardLost" : "RangeError");
        assert.ok(error!.message.startsWith(`${where}: the graphics card `), error!.message);
        assert.match(
          error!.message,
          message === lost[0] ? /CUDA_ERROR_ILLEGAL_ADDRESS.*Start the process/ : /OOM .*give /,
        );
        assert.not.match(error!.message, /Invalid TF_Status|\n/);
        assert.is((error!.cause as Error).message, message);
      }
    });
    assert.is(tf.memory().numTensors, numbers);
    policy.dispose();
  });

test("a card that is lost while a run generates is told with the run's folder", async () => {
  const folder = temporaryFolder();
  await withoutNorm(lost[1]!, async () => {
    const error = await messageOf(train(tinyPolicy(), lettersTask(), { ...tiny, folder }));
    assert.is(error.name, "CardLost");
    assert.match(error.message, /^train, step 1: the graphics card computes no more .*resume: true \}\.$/);
  });
});

test("a run without a folder says that nothing is left of it", async () => {
  await failing(lost[0]!, async () => {
    const error = await messageOf(train(tinyPolicy(), lettersTask(), tiny));
    assert.match(error.message, /The run has no folder, so that nothing of it is left: give it one, \{ folder \}\./);
  });
});

test.run();
