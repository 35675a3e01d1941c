import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { untrained } from "../../lib/models/policy";
import { temporaryFolder, tensorsLeftBy, tinyTokenizer } from "../fixtures";

/** SmolLM2-135M's shape. Its weights are random: of as many different numbers as a trained model's. */
const smol = {
  model_type: "llama",
  vocab_size: 49152,
  hidden_size: 576,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  head_dim: 64,
  intermediate_size: 1536,
  rms_norm_eps: 1e-5,
  rope_theta: 1e5,
  max_position_embeddings: 8192,
} as const;

test("135 million parameters are saved at the disk's speed", async () => {
  await useBackend();
  const folder = temporaryFolder();
  const seconds = (work: () => void): number => {
    const started = performance.now();
    work();
    return (performance.now() - started) / 1000;
  };
  try {
    const policy = untrained(smol, tinyTokenizer, 1);
    const took: Record<string, number> = {};
    assert.is(await tensorsLeftBy(() => void (took.F32 = seconds(() => policy.save(folder)))), 0);
    took.copy = seconds(() => copyFileSync(join(folder, "model.safetensors"), join(folder, "copy")));
    took.BF16 = seconds(() => policy.save(folder, "BF16"));
    console.log(
      `${policy.parameters} parameters: ${Object.entries(took)
        .map(([what, time]) => `${what} ${time.toFixed(1)} s`)
        .join(", ")}`,
    );
    assert.ok(Math.max(...Object.values(took)) <= 20, "5 s on an idle machine");
    policy.dispose();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
