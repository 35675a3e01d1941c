import { existsSync, writeSync } from "node:fs";
import { useBackend } from "../../../lib/backend/choose";
import { ppo } from "../../../lib/training/ppo";
import type { Task } from "../../../lib/core/roles";
import type { Policy } from "../../../lib/models/policy";
import { checkpoints } from "../../../lib/training/run-folder/checkpoint";
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
  options: { readonly folder: string; readonly resume?: boolean; readonly steps?: number },
): AsyncIterable<TrainingStep> => {
  if (algorithm === "ppo") return ppo(policy, task, { ...killedRun, ...options });
  const { criticLearningRate: _, ...settings } = killedRun;
  const own = grpo({ group: 4, klCoefficient: 0.1, klTarget: 0.01, klPlace: "reward", klKind: "k1" });
  return train(policy, task, { ...settings, keep: 1, algorithm: own, ...options });
};

if (require.main === module) {
  const [folder, resume, algorithm, steps = killedRun.steps] = process.argv.slice(2);
  void useBackend("wasm").then(async () => {
    // "auto" goes on where a checkpoint is, and begins anew where the process was killed before the first one
    const saved = existsSync(folder!) && checkpoints(folder!).length > 0;
    const options = {
      folder: folder!,
      resume: resume === "resume" || (resume === "auto" && saved),
      steps: Number(steps),
    };
    for await (const { step } of runOf(algorithm as "ppo" | "grpo", tinyPolicy(), lettersTask(), options))
      writeSync(1, `${step}\n`);
  });
}
