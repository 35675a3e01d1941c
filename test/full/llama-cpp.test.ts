import { type ChildProcess, spawn } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import type { Problem } from "../../lib/core/records";
import type { Task } from "../../lib/core/roles";
import { model } from "../../lib/models/model";
import { replicas } from "../../lib/scaling/replicas/replicas";
import { grpo } from "../../lib/training/algorithms/grpo";
import { train } from "../../lib/training/train";
import { skip } from "../skip";
import { freePort } from "../free-port";

/**
 * A real llama-cpp-python server writes the rollouts of a policy whose gradients are taken here. LLAMA_PYTHON names a
 * Python with llama-cpp-python[server], SMOLLM2_GGUF the file of SmolLM2-135M-Instruct.
 */
const python = process.env["LLAMA_PYTHON"];
const gguf = process.env["SMOLLM2_GGUF"];

test("a Python with llama-cpp-python and a GGUF file are named, or this file says that they are not", () => {
  if (!python || !gguf) skip("LLAMA_PYTHON and SMOLLM2_GGUF name no llama-cpp-python server and no model");
});

/** Pays a point for each "e" of the response, up to four. */
const task: Task = {
  name: "letters",
  problems: Array.from({ length: 4 }, (_, i): Problem => ({ id: `p${i}`, query: `word ${i}`, judgments: { d: 1 } })),
  prompt: ({ query }) => `<|im_start|>user\nSay ${query}.<|im_end|>\n<|im_start|>assistant\n`,
  score: async (_, completion) => ({
    kind: "scored",
    reward: Math.min(4, completion.split("e").length - 1),
    query: completion,
    measures: {},
  }),
  search: async () => ({ hits: [], total: 0, warnings: [] }),
};

if (python && gguf)
  test("ten steps of GRPO on its rollouts: the mismatch of log-probabilities is measured and corrected", async () => {
    await useBackend();
    const port = await freePort();
    const server: ChildProcess = spawn(
      python,
      ["-m", "llama_cpp.server", "--model", gguf, "--port", String(port), "--n_ctx", "256"],
      { stdio: "ignore" },
    );
    try {
      for (let tries = 0; ; tries++) {
        if (
          await fetch(`http://127.0.0.1:${port}/v1/models`).then(
            ({ ok }) => ok,
            () => false,
          )
        )
          break;
        assert.ok(tries < 240, "llama-cpp-python does not start");
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      const whole = await model(gguf);
      const policy = whole.adapt({ rank: 4 });
      whole.dispose();
      const sampler = replicas([`http://127.0.0.1:${port}/v1`], "smollm2", {
        engine: "llama-cpp-python",
        tokenizer: policy.tokenizer,
        begins: "<|im_start|>", // it begins every prompt with it
        inFlight: 1,
      });
      let steps = 0;
      for await (const step of train(policy, task, {
        ...{ algorithm: grpo({ group: 4, klCoefficient: 0 }), sampler, steps: 10, batchSize: 2, miniBatch: 8 },
        ...{ maxResponse: 12, learningRate: 1e-4 },
      })) {
        steps++;
        const show = (name: string) => `${name} ${step[name]!.toPrecision(3)}`;
        console.log(
          [
            ...[`step ${step.step}`, show("reward/mean"), show("rollout_corr/kl"), show("rollout_corr/k3_kl")],
            ...[show("rollout_corr/rollout_is_mean"), show("rollout_corr/rollout_is_max")],
            ...[show("rollout_corr/rollout_is_eff_sample_size"), show("training/rollout_probs_diff_mean")],
          ].join(", "),
        );
        assert.ok(step["training/rollout_probs_diff_mean"]! < 0.05); // four bits on both sides, one of them widened
        assert.ok(step["rollout_corr/rollout_is_eff_sample_size"]! > 0.8);
        assert.ok(Number.isFinite(step["actor/grad_norm"]!));
      }
      assert.is(steps, 10);
      assert.is(sampler.usage.requests, 80);
      policy.dispose();
    } finally {
      server.kill("SIGKILL");
    }
  });

test.run();
