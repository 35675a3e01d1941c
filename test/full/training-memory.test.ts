import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { gigabytes } from "../../lib/models/memory/memory";
import { model } from "../../lib/models/model";
import { trainingDefaults, trainingEstimate, type TrainingPlan } from "../../lib/models/memory/training-memory";
import { temporaryFolder } from "../fixtures";
import { smolFolder, transformersPython } from "./peer";
import { skip } from "../skip";

const python = transformersPython();
const smol = python && smolFolder(python);

/** Of the memory that training took, how far the estimate may be off. */
const tolerance = 0.15;

const plans: [plan: Partial<TrainingPlan>, frozen: "bf16" | ""][] = [
  [{ training: "lora", batch: 4, length: 64, response: 32 }, ""],
  [{ training: "lora", batch: 4, length: 64, response: 32 }, "bf16"],
  [{ training: "lora", batch: 2, length: 192, response: 64 }, "bf16"],
  [{ training: "lora", batch: 4, length: 256, response: 64 }, ""],
  [{ training: "lora", batch: 4, length: 256, response: 64, checkpoint: true }, ""],
  [{ training: "full", batch: 2, length: 64, response: 32 }, ""],
  [{ training: "full", batch: 4, length: 256, response: 64 }, ""],
  [{ training: "full", batch: 4, length: 256, response: 64, checkpoint: true }, ""],
];

if (smol) {
  test("what SmolLM2-135M takes while it is trained is what was said before", async () => {
    const backend = await useBackend("native").catch(() => undefined);
    if (!backend) return skip("no native backend");
    const folder = temporaryFolder();
    const policy = await model(smol);
    policy.save(folder, "BF16");
    for (const [some, frozen] of plans) {
      const plan = { ...trainingDefaults, ...some };
      const { needed } = trainingEstimate(policy.config, backend, plan, frozen ? { frozen } : {});
      const { bytes, losses } = JSON.parse(
        execFileSync(
          process.execPath,
          ["--require", "tsx/cjs", join(__dirname, "training-step.ts"), folder, JSON.stringify(plan), frozen],
          { encoding: "utf8" },
        ),
      ) as { bytes: number; losses: number[] };
      const { training, batch, length, checkpoint } = plan;
      const weights = `${training}${frozen && ` over ${frozen}`}`;
      const what = `${weights}, ${batch} × ${length} tokens${checkpoint ? ", computed anew" : ""}`;
      console.log(
        `${what}: ${gigabytes(needed)} GB said, ${gigabytes(bytes)} GB taken; loss ` +
          `${losses.map((loss) => loss.toFixed(3)).join(" → ")}`,
      );
      assert.ok(losses[1]! < losses[0]!, what);
      assert.ok(Math.abs(needed - bytes) <= tolerance * bytes, `${what}: ${needed} bytes said, ${bytes} taken`);
    }
    policy.dispose();
  });
}

test.run();
