import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { untrained } from "../../lib/models/policy";
import { measured } from "../../lib/scaling/tinker/model/datum";
import { tinker, type TinkerPolicy } from "../../lib/scaling/tinker/tinker";
import { grpo } from "../../lib/training/algorithms/grpo";
import type { TrainingStep } from "../../lib/training/loop/training-step";
import { train, type TrainOptions } from "../../lib/training/train";
import { lettersTask, tinyTokenizer } from "../fixtures";
import { skip } from "../skip";

/**
 * The real skyrl 0.4.0 on a CPU with an untrained Qwen3. SKYRL_PYTHON names a Python 3.12 with skyrl 0.4.0 (installed
 * without its dependencies), tinker<0.26, fastapi, uvicorn, sqlmodel, aiosqlite, greenlet, jax, flax, optax,
 * safetensors, tokenizers, transformers, cloudpathlib, zstandard, psutil, aiohttp, pillow, rich and xxhash.
 */
const python = process.env["SKYRL_PYTHON"];
const folder = mkdtempSync(join(tmpdir(), "skyrl-"));
const model = join(folder, "tiny");
let url = "";
let server: ChildProcess | undefined;

test("a Python with skyrl is named, or this file says that it is not", () => {
  if (!python) skip("SKYRL_PYTHON names no Python with skyrl 0.4.0");
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function start(port: number): Promise<void> {
  const settings =
    '{"max_lora_adapters":4,"max_lora_rank":8,"sample_max_num_sequences":16,"train_micro_batch_size":16}';
  server = spawn(
    python!,
    [
      ...[join(__dirname, "skyrl_server.py"), "api", "--base-model", model, "--backend", "jax"],
      ...["--backend-config", settings, "--checkpoints-base", join(folder, "checkpoints")],
      ...["--database-url", `sqlite:///${join(folder, "db.sqlite")}`, "--port", String(port)],
    ],
    {
      detached: true, // a group of its own: the engine ends with it
      stdio: "ignore",
      env: {
        ...process.env,
        JAX_PLATFORMS: "cpu",
        JAX_COMPILATION_CACHE_DIR: join(folder, "compiled"),
        JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: "0",
      },
    },
  );
  for (let tries = 0; ; tries++) {
    if (
      await fetch(`http://127.0.0.1:${port}/api/v1/healthz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    assert.ok(tries < 240, "skyrl does not start");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const kill = (): void => {
  if (server?.pid) process.kill(-server.pid, "SIGKILL");
  server = undefined;
};

const policyOf = (more: object = {}): TinkerPolicy =>
  tinker(url, { baseModel: model, lora: { rank: 8, seed: 3 }, patienceSeconds: 300, ...more });
const run: TrainOptions = {
  algorithm: grpo({ group: 8 }),
  batchSize: 4,
  miniBatch: 32,
  maxResponse: 24,
  learningRate: 1e-2,
  maxGradNorm: Infinity,
};
const mean = (steps: readonly TrainingStep[]): number =>
  steps.reduce((sum, step) => sum + step["reward/mean"]!, 0) / steps.length;

if (python) {
  test.before(async () => {
    await useBackend();
    const config = {
      ...{ vocab_size: 512, hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
      ...{ head_dim: 16, intermediate_size: 128, rms_norm_eps: 1e-6, rope_theta: 10000, max_position_embeddings: 512 },
    };
    const small = untrained({ ...config, model_type: "qwen3" }, tinyTokenizer, 7);
    small.save(model);
    small.dispose();
    const described = { tokenizer_class: "PreTrainedTokenizerFast", eos_token: "<|im_end|>" };
    writeFileSync(join(model, "tokenizer_config.json"), JSON.stringify(described));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await start(port);
  });
  test.after(kill);

  test("log-probabilities of sampling and forward agree, and the official SDK has the same loss", async () => {
    const policy = policyOf();
    const prompts = ["<|im_start|>the<think>", "<|im_start|>cat<think>"];
    const written = await policy.generate(prompts, { maxTokens: 24 });
    const sequences = written.map(({ tokens }, i) => ({
      prompt: policy.tokenizer.encode(prompts[i]!),
      response: tokens,
    }));
    const forward = await policy.logps(sequences);
    const apart = written.flatMap(({ logps }, i) => logps.map((logp, t) => Math.abs(logp - forward[i]![t]!)));
    console.log(`sample and forward differ by ${Math.max(...apart).toExponential(1)} at most`);
    assert.ok(Math.max(...apart) < 1e-5);
    const asked = spawnSync(python, [join(__dirname, "skyrl_sdk.py"), url, model, ""], {
      input: JSON.stringify(sequences.map(measured)),
      encoding: "utf8",
    });
    assert.is(asked.status, 0, asked.stderr);
    const losses = JSON.parse(asked.stdout.trim().split("\n").at(-1)!) as number[][];
    const theirs = losses.flat().reduce((sum, loss) => sum + loss, 0);
    const ours = -forward.flat().reduce((sum, logp) => sum + logp, 0);
    console.log(`summed loss: ${ours} by this client, ${theirs} by the official SDK`);
    assert.ok(Math.abs(ours - theirs) < 1e-3);
    await policy.dispose();
  });

  test("the server is killed in mid-run and started again: the run goes on, and no step is taken twice", async () => {
    const options = { ...run, steps: 6, seed: 2 };
    const undisturbed = policyOf();
    const expected: TrainingStep[] = [];
    for await (const step of train(undisturbed, lettersTask(8), options)) expected.push(step);
    await undisturbed.dispose();
    const policy = policyOf({ keepEvery: 2 });
    const seen: TrainingStep[] = [];
    for await (const step of train(policy, lettersTask(8), options)) {
      seen.push(step);
      if (step.step !== 3) continue;
      const port = Number(new URL(url).port);
      kill();
      setTimeout(() => void start(port), 3000); // the run meets a server that is not there
    }
    const rewards = (steps: readonly TrainingStep[]) => steps.map((step) => step["reward/mean"]!.toFixed(4));
    console.log(`undisturbed ${rewards(expected).join(" ")}; killed after 3 ${rewards(seen).join(" ")}`);
    assert.is(policy.updates, 6);
    assert.equal(rewards(seen), rewards(expected));
    await policy.dispose();
  });

  test("GRPO learns through it: 60 steps, and the reward rises", async () => {
    const policy = policyOf();
    const steps: TrainingStep[] = [];
    for await (const step of train(policy, lettersTask(8), { ...run, steps: 60 })) steps.push(step);
    const tens = Array.from({ length: 6 }, (_, i) => mean(steps.slice(10 * i, 10 * i + 10)));
    console.log(`mean reward of ten steps: ${tens.map((value) => value.toFixed(2)).join(", ")}`);
    assert.ok(tens[5]! > tens[0]! + 0.2, tens.join(" "));
    await policy.dispose();
  });
}

test.run();
