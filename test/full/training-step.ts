import { useBackend } from "../../lib/backend/choose";
import { tf } from "../../lib/backend/tf";
import { model } from "../../lib/models/model";
import type { TrainingPlan } from "../../lib/models/memory/training-memory";
import { adamW } from "../../lib/training/optimizer";

/**
 * Two optimizer steps of the plan on the command line, on a checkpoint; writes how much memory the process took at
 * most, in bytes.
 */
async function main(
  folder: string,
  { training, rank, batch: B, length, response, checkpoint }: TrainingPlan,
  frozen: boolean,
): Promise<void> {
  await useBackend("native");
  const before = process.memoryUsage.rss();
  const base = await model(folder, frozen ? { frozen: "bf16" } : {});
  const policy = training === "lora" ? base.adapt({ rank }) : base;
  const optimizer = adamW(policy.variables);
  const tokens = (count: number) => Array.from({ length: count }, (_, i) => 1000 + ((i * 37) % 9000));
  const batch = policy.batch(
    Array.from({ length: B }, () => ({ prompt: tokens(length - response), response: tokens(response) })),
  );
  const losses = [1, 2].map(
    () =>
      optimizer.minimise(
        () => tf.tidy(() => tf.mean(policy.tokenLogps(batch, 1, { checkpoint }).logps).neg() as tf.Scalar),
        1e-4,
      ).loss,
  );
  process.stdout.write(`${JSON.stringify({ bytes: process.resourceUsage().maxRSS * 1024 - before, losses })}\n`);
}

void main(process.argv[2]!, JSON.parse(process.argv[3]!) as TrainingPlan, process.argv[4] === "bf16");
