import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { useBackend } from "../../lib/backend/choose";
import { backendNames, type BackendName } from "../../lib/backend/loader";
import { qwen2 } from "../../lib/models/policy";
import { pubmed } from "../../lib/tasks/pubmed";
import { ppo } from "../../lib/training/ppo";

/**
 * Tokens a second of the shipped policy, by backend: sampling 64 responses, and one PPO update of the policy
 * (forward, backward, AdamW) over prompts and responses. Each backend in a process of its own.
 *
 * `backend=native` measures one; `steps=3` counts the steps, of which the first, warming up, is left out.
 */
export async function bench(options: Readonly<Record<string, string>>, log: (line: string) => void): Promise<object> {
  const { backend, steps = "3" } = options;
  if (backend !== undefined) return measure(backend as BackendName, Number(steps), log);
  const figures: Record<string, unknown> = {};
  for (const name of backendNames.filter((name) => name === "native" || name === "wasm")) {
    log(`${name} …`);
    const child = spawnSync(
      process.execPath,
      [join(__dirname, "../bench.js"), "policy", "--json", `backend=${name}`, `steps=${steps}`],
      { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
    );
    figures[name] = child.status === 0 ? JSON.parse(child.stdout) : "not here";
  }
  return figures;
}

async function measure(name: BackendName, steps: number, log: (line: string) => void): Promise<object> {
  const backend = await useBackend(name);
  const task = await pubmed({ split: "train" });
  const policy = qwen2("data/checkpoints/pubmed-coldstart");
  const rows: Record<string, number>[] = [];
  const batchSize = 64;
  for await (const step of ppo(policy, task, { steps, batchSize, learningRate: 0, criticLearningRate: 0, seed: 1 })) {
    log(`${name}, step ${step.step} of ${steps}: ${step["timing_s/step"]!.toFixed(1)} s`);
    rows.push(step);
  }
  const sum = (of: (row: Record<string, number>) => number): number =>
    rows.slice(1).reduce((total, row) => total + of(row), 0);
  const tokens = sum((row) => row["perf/total_num_tokens"]!);
  const seconds = (part: string): number => sum((row) => row[`timing_s/${part}`]!);
  return {
    version: backend.version,
    device: backend.device,
    parameters: policy.parameters,
    batchSize,
    samplingTokensPerSecond: Math.round(sum((row) => row["response_length/mean"]! * batchSize) / seconds("gen")),
    trainingTokensPerSecond: Math.round(tokens / seconds("update_actor")),
    secondsPerStep: seconds("step") / (rows.length - 1),
    rewardsPerSecond: Math.round((batchSize * (rows.length - 1)) / seconds("reward")),
  };
}
