import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import type { Task } from "../../lib/core/roles";
import { connect, type Connection } from "../../lib/scaling/tinker/calls/connection";
import { gradientData, measured, ofResponse, type StepData } from "../../lib/scaling/tinker/model/datum";
import { remoteModel, type RemoteModel } from "../../lib/scaling/tinker/model/remote-model";
import { session } from "../../lib/scaling/tinker/model/session";
import { tinker, type TinkerPolicy } from "../../lib/scaling/tinker/tinker";
import { grpo } from "../../lib/training/algorithms/grpo";
import type { TrainingStep } from "../../lib/training/loop/training-step";
import { train, type TrainOptions } from "../../lib/training/train";
import { lettersTask } from "../fixtures";
import { rejection } from "../models/remote/service";
import { skip } from "../skip";
import { SkyrlServer } from "./skyrl-server";

/**
 * The real servers on a CPU with an untrained Qwen3. SKYRL_PYTHON names a Python 3.12 with skyrl 0.4.0 (installed
 * without its dependencies), tinker<0.26, fastapi, uvicorn, sqlmodel, aiosqlite, greenlet, jax, flax, optax,
 * safetensors, tokenizers, transformers, cloudpathlib, zstandard, psutil, aiohttp, pillow, rich and xxhash.
 * SKYRL_TX_PYTHON names one with skyrl-tx 0.3.0 in place of skyrl.
 */
const peers = [
  { name: "skyrl 0.4.0", python: process.env["SKYRL_PYTHON"], script: "skyrl_server.py", sdk: true },
  { name: "skyrl-tx 0.3.0", python: process.env["SKYRL_TX_PYTHON"], script: "skyrl_tx_server.py", sdk: false },
] as const;

test("a Python with each server is named, or this file says that it is not", () => {
  if (!peers[0].python) skip("SKYRL_PYTHON names no Python with skyrl 0.4.0");
  if (!peers[1].python) skip("SKYRL_TX_PYTHON names no Python with skyrl-tx 0.3.0");
});

const prompts = ["<|im_start|>the<think>", "<|im_start|>cat<think>"];
const run: TrainOptions = {
  algorithm: grpo({ group: 8 }),
  batchSize: 4,
  miniBatch: 32,
  maxResponse: 16,
  learningRate: 1e-2,
  maxGradNorm: Infinity,
};
const scored = { kind: "scored", measures: {} } as const;
const mean = (steps: readonly TrainingStep[]): number =>
  steps.reduce((sum, step) => sum + step["reward/mean"]!, 0) / steps.length;
const largest = (all: readonly number[]): number => Math.max(...all.map(Math.abs));

for (const { name, python, script, sdk } of peers)
  if (python) {
    const real = suite(name);
    const server = new SkyrlServer(python, script);
    const policyOf = (more: object = {}): TinkerPolicy =>
      tinker(server.url, { baseModel: server.model, lora: { rank: 8, seed: 3 }, patienceSeconds: 300, ...more });

    real.before(async () => {
      await useBackend();
      server.writeModel();
      await server.start();
    });
    real.after(() => server.kill());

    real("log-probabilities of sampling and forward agree, and the official SDK has the same loss", async () => {
      const policy = policyOf();
      const written = await policy.generate(prompts, { maxTokens: 16 });
      const sequences = written.map(({ tokens }, i) => ({
        prompt: policy.tokenizer.encode(prompts[i]!),
        response: tokens,
      }));
      const forward = await policy.logps(sequences);
      const apart = largest(written.flatMap(({ logps }, i) => logps.map((logp, t) => logp - forward[i]![t]!)));
      console.log(`${name}: sample and forward differ by ${apart.toExponential(1)} at most`);
      assert.ok(apart < 1e-5);
      await policy.dispose();
      if (!sdk) return;
      const asked = spawnSync(python, [join(__dirname, "skyrl_sdk.py"), server.url, server.model, ""], {
        input: JSON.stringify(sequences.map(measured)),
        encoding: "utf8",
      });
      assert.is(asked.status, 0, asked.stderr);
      const losses = JSON.parse(asked.stdout.trim().split("\n").at(-1)!) as number[][];
      const theirs = losses.flat().reduce((sum, loss) => sum + loss, 0);
      const ours = -forward.flat().reduce((sum, logp) => sum + logp, 0);
      console.log(`${name}: summed loss ${ours} by this client, ${theirs} by the official SDK`);
      assert.ok(Math.abs(ours - theirs) < 1e-3);
    });

    /** A model of its own on the server, which takes `datums` sequences in one pass; its seed is the same each time. */
    const modelOf = async (datums: number, number: number) => {
      const settings = { url: new URL(server.url), apiKey: "tml-none", baseModel: server.model, timeoutSeconds: 120 };
      const connection: Connection = await connect({ ...settings, server: undefined }, 5);
      const begun = await session(connection, { attempts: 5 });
      const waiting = { attempts: 5, resultSeconds: 300 };
      const lora = { rank: 8, seed: 3, train_attn: true, train_mlp: true, train_unembed: false };
      const limits = { ...connection.limits, datums };
      const model = await remoteModel({ ...connection, limits }, begun, { ...settings, lora }, number, waiting);
      const end = async (): Promise<void> => {
        await model.unload(waiting);
        begun.close();
      };
      return { connection, model, waiting, end };
    };
    const adam = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, grad_clip_norm: 0 };
    const sequences = [
      { prompt: [5, 6, 7], response: [8, 9] },
      { prompt: [11, 12], response: [13, 14, 15, 16, 17, 18, 19, 20] },
    ];

    real("the server takes means, as it is assumed: a batch and its micro-batches train the same model", async () => {
      const after: number[][] = [];
      const norms: (number | undefined)[] = [];
      for (const [number, datums] of [1024, 1].entries()) {
        const { connection, model, waiting, end } = await modelOf(datums, 100 + number);
        assert.is(connection.kind.normalisation, "mean");
        const before = await logpsOf(model, waiting);
        const gradients = sequences.map(({ response }) => response.map(() => -0.1)); // every token alike
        const data: StepData = { sequences, logps: before, gradients };
        const { metrics } = await model.step(
          gradientData(data, connection.kind),
          "importance_sampling",
          { ...adam, learning_rate: 1e-2 },
          waiting,
        );
        norms.push(metrics["skyrl.ai/grad_norm"]);
        after.push((await logpsOf(model, waiting)).flat());
        await end();
      }
      const apart = largest(after[0]!.map((logp, i) => logp - after[1]![i]!));
      console.log(
        `${name}: after a step as one batch and as two: ${apart.toExponential(1)}; norms ${norms.join(", ")}`,
      );
      assert.ok(apart < 1e-4, `${apart}`);
      if (sdk) assert.ok(Math.abs(norms[0]! / norms[1]! - 1) < 1e-4);
    });

    real("the gradient of a datum does not grow with its weights or its copies: traps 1 and 3", async () => {
      if (!sdk) return; // skyrl-tx tells no norm
      const { model, waiting, end } = await modelOf(1024, 200);
      const [first] = await logpsOf(model, waiting);
      const datum = (weight: number, promptWeight = 0) => {
        const { weights, ...rest } = measured(sequences[0]!);
        return {
          ...rest,
          weights: weights!.map((own) => (own > 0 ? weight : promptWeight)),
          logprobs: [0, 0, ...first!],
          advantages: [0, 0, 1, 1],
        };
      };
      const norm = async (data: readonly ReturnType<typeof datum>[]): Promise<number> =>
        (await model.step(data, "importance_sampling", { ...adam, learning_rate: 0 }, waiting)).metrics[
          "skyrl.ai/grad_norm"
        ]!;
      const one = await norm([datum(1)]);
      const close = (value: number, expected: number) => assert.ok(Math.abs(value / expected - 1) < 1e-4, `${value}`);
      close(await norm([datum(2)]), one);
      close(await norm([datum(1), datum(1)]), one);
      close(await norm([datum(1, 1)]), one / 2); // two tokens of the prompt are in the divisor
      await end();
    });

    real("a rank beyond the server's, and a base model that it does not have, are named", async () => {
      const rank = await rejection(policyOf({ lora: { rank: 64 } }).logps(sequences));
      console.log(`${name}: ${rank.message}`);
      assert.match(rank.message, /refuses create_model.*rank/is);
      const other = await rejection(policyOf({ baseModel: "Qwen/Qwen3-4B", tokenizer: server.model }).logps(sequences));
      assert.match(other.message, /does not serve the model "Qwen\/Qwen3-4B"; it serves/);
    });

    real("the server is killed in mid-run and started again: the run goes on, and no step is taken twice", async () => {
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
        server.kill();
        setTimeout(() => void server.start(), 3000); // the run meets a server that is not there
      }
      const rewards = (steps: readonly TrainingStep[]) => steps.map((step) => step["reward/mean"]!.toFixed(4));
      console.log(`${name}: undisturbed ${rewards(expected).join(" ")}; killed after 3 ${rewards(seen).join(" ")}`);
      assert.is(policy.updates, 6);
      assert.equal(rewards(seen), rewards(expected));
      await policy.dispose();
    });

    real("GRPO learns through it: 60 steps, and the reward rises from ten to ten", async () => {
      const policy = policyOf();
      const steps: TrainingStep[] = [];
      const begun = performance.now();
      // a reward without an upper end, and a rate at which 60 steps are a curve and not a jump
      const score: Task["score"] = async (_, query) => ({ ...scored, reward: query.split("a").length - 1, query });
      const options = { ...run, steps: 60, learningRate: 8e-4 };
      for await (const step of train(policy, { ...lettersTask(8), score }, options)) steps.push(step);
      const tens = Array.from({ length: 6 }, (_, i) => mean(steps.slice(10 * i, 10 * i + 10)));
      const seconds = Math.round((performance.now() - begun) / 1000);
      console.log(`${name}: mean reward of ten steps: ${tens.map((ten) => ten.toFixed(2)).join(", ")}; ${seconds} s`);
      for (const [i, ten] of tens.entries()) if (i > 0) assert.ok(ten > tens[i - 1]! - 0.05, tens.join(" "));
      assert.ok(tens[5]! > 1.5 * tens[0]!, tens.join(" "));
      await policy.dispose();
    });

    real.run();

    async function logpsOf(model: RemoteModel, waiting: Parameters<RemoteModel["forward"]>[1]): Promise<number[][]> {
      const { logprobs } = await model.forward(sequences.map(measured), waiting);
      return sequences.map((sequence, i) => ofResponse(sequence, logprobs[i]!));
    }
  }

test.run();
