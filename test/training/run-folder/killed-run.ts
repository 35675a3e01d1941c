import { writeSync } from "node:fs";
import { useBackend } from "../../../lib/backend/choose";
import { ppo } from "../../../lib/training/ppo";
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

if (require.main === module) {
  const [folder, resume] = process.argv.slice(2);
  void useBackend("wasm").then(async () => {
    for await (const { step } of ppo(tinyPolicy(), lettersTask(), {
      ...killedRun,
      folder: folder!,
      resume: resume === "resume",
    }))
      writeSync(1, `${step}\n`);
  });
}
