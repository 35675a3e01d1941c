import { writeSync } from "node:fs";
import { useBackend } from "../../../lib/backend/choose";
import { ppo } from "../../../lib/training/ppo";
import type { Task } from "../../../lib/core/roles";
import type { Policy } from "../../../lib/models/policy";
import { grpo } from "../../../lib/training/algorithms/grpo";
import type { TrainingStep } from "../../../lib/training/loop/training-step";
import { train } from "../../../lib/training/train";
import { lettersTask, tinyPolicy } from "../../fixtures";

/** A run in a process of its own, to be killed: says each step that is finished on a line. */
export const killedRun = {
  steps: 40,
  batchSize: 4,
  miniBatch: 2,
  maxResponse: 5,
  learningRate: 1e-3,
  criticLearningRate: 1e-3,
  seed: 3,
} as const;

/** The run by PPO, or by GRPO in groups of 4 with an adaptive KL penalty. */
export const runOf = (
  algorithm: "ppo" | "grpo",
  policy: Policy,
  task: Task,
  options: { readonly folder: string; readonly resume?: boolean },
): AsyncIterable<TrainingStep> => {
  if (algorithm === "ppo") return ppo(policy, task, { ...killedRun, ...options });
  const { criticLearningRate: _, ...settings } = killedRun;
  const own = grpo({ group: 4, klCoefficient: 0.1, klTarget: 0.01, klPlace: "reward", klKind: "k1" });
  return train(policy, task, { ...settings, keep: 1, algorithm: own, ...options });
};

if (require.main === module) {
  const [folder, resume, algorithm] = process.argv.slice(2);
  void useBackend("wasm").then(async () => {
    const options = { folder: folder!, resume: resume === "resume" };
    for await (const { step } of runOf(algorithm as "ppo" | "grpo", tinyPolicy(), lettersTask(), options))
      writeSync(1, `${step}\n`);
  });
}
