import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { smallDecoder, type DecoderConfig } from "../../../lib/models/decoder/config";
import { expectRoom, memoryEstimate, rowBytes, rowsAtOnce } from "../../../lib/models/memory/memory";
import { untrained } from "../../../lib/models/policy";
import { temporaryFolder, tinyConfig, tinyTokenizer } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

/** Qwen2.5-3B's config.json. */
const threeB: DecoderConfig = {
  vocab_size: 151936,
  hidden_size: 2048,
  num_hidden_layers: 36,
  num_attention_heads: 16,
  num_key_value_heads: 2,
  head_dim: 128,
  intermediate_size: 11008,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  max_position_embeddings: 32768,
};

test("parameters are those that a policy has, and those that Qwen publishes", () => {
  assert.is(
    memoryEstimate(tinyConfig, { name: "cpu", device: "cpu" }).parameters,
    untrained(tinyConfig, tinyTokenizer, 1).parameters,
  );
  // the model card: 3.09 billion
  assert.is(memoryEstimate(threeB, { name: "cpu", device: "cpu" }).parameters, 3_085_938_688);
});

test("weights take four bytes a number; loading takes the largest packed tensor more where the backend copies", () => {
  const { weights, needed } = memoryEstimate(threeB, { name: "native", device: "cpu" });
  assert.is(weights, 4 * 3_085_938_688);
  assert.is(needed - weights, 4 * 2048 * 2 * 11008 + 256e6); // gate and up, and room to move
  assert.ok(needed / weights < 1.15);
  // the embedding
  assert.is(memoryEstimate(threeB, { name: "wasm", device: "cpu" }).needed - weights, 4 * 151936 * 2048 + 256e6);
  assert.is(memoryEstimate(threeB, { name: "cpu", device: "cpu" }).needed - weights, 256e6);
});

test("frozen as bfloat16, matrices take two bytes; a product widens one of them at a time", () => {
  const { weights, needed } = memoryEstimate(threeB, { name: "native", device: "cpu" }, { frozen: "bf16" });
  const vectors = 36 * (2 * 2048 + 2560) + 2048; // norms and biases: a layer has two norms and 16 + 2·2 heads of 128
  assert.is(weights, 2 * (3_085_938_688 - vectors) + 4 * vectors);
  assert.is(needed - weights, 4 * 2048 * 2 * 11008 + 256e6);
});

test("a model that does not fit is refused with both figures", () => {
  assert.throws(
    () => expectRoom("Qwen/Qwen2.5-3B", threeB, { name: "wasm", device: "cpu" }),
    (error: Error) =>
      error.name === "RangeError" &&
      error.message.startsWith("Qwen/Qwen2.5-3B: this model needs 13.8 GB on the wasm backend, ") &&
      /, [0-3]\.\d are there\. Use the native backend/.test(error.message),
  );
  const enormous: DecoderConfig = { ...threeB, num_hidden_layers: 36_000 };
  assert.throws(
    () => expectRoom("enormous", enormous, { name: "native", device: "cpu" }),
    /enormous: this model needs \d+\.\d GB on the native backend, \d+\.\d are there/,
  );
});

test("a model that fits passes", () => expectRoom("small", smallDecoder, { name: "cpu", device: "cpu" }));

test("a row of a generation takes its cache, a layer's activations and its logits", () => {
  // keys and values of 36 layers and one more, 2 heads of 128: 18,944 numbers a column; activations 8,192 + 10,240 +
  // 55,040
  assert.is(rowBytes(threeB, 1000), 4 * (1000 * (18_944 + 73_472) + 4 * 151_936));
});

test("half of the free memory bounds how many rows are generated at once: one at least, all if they are small", () => {
  const backend = { name: "cpu", device: "cpu" } as const;
  assert.is(rowsAtOnce(tinyConfig, 60, 1000, backend), 1000);
  assert.is(rowsAtOnce(threeB, 1000, 100_000, undefined), 100_000);
  const rows = rowsAtOnce(threeB, 1000, 100_000, backend);
  assert.ok(rows >= 1 && rows * rowBytes(threeB, 1000) <= Math.max(1e9, process.availableMemory()), `${rows}`);
  assert.is(rowsAtOnce({ ...threeB, num_hidden_layers: 1e7 }, 30_000, 10, backend), 1);
});

/** Runs `work` with a program in place of nvidia-smi that prints these rows: MiB that are free, and the card's name. */
function withCards(rows: readonly string[], work: () => void): void {
  const folder = temporaryFolder();
  const script = `#!/bin/sh\ncat <<'END'\n${rows.join("\n")}\nEND\n`;
  writeFileSync(join(folder, "nvidia-smi"), script, { mode: 0o755 });
  const [path, visible] = [process.env["PATH"], process.env["CUDA_VISIBLE_DEVICES"]];
  process.env["PATH"] = `${folder}:${path}`;
  try {
    work();
  } finally {
    process.env["PATH"] = path;
    if (visible === undefined) delete process.env["CUDA_VISIBLE_DEVICES"];
    else process.env["CUDA_VISIBLE_DEVICES"] = visible;
  }
}

const card = { name: "native", device: "gpu" } as const;

test("a card that is too small, or that another process has filled, is refused before a weight is read", () => {
  withCards(["8000, GPU-1"], () =>
    assert.throws(
      () => expectRoom("Qwen2.5-3B", threeB, card),
      /needs 12\.\d GB on the native backend, 8\.4 are there\. See with nvidia-smi what else holds .* need 6\.\d/,
    ),
  );
  withCards(["140000, GPU-1"], () => expectRoom("Qwen2.5-3B", threeB, card));
  // what is not known is not refused: the card reports when it is full
  for (const rows of [["unknown"], [], ["[N/A], GPU-1"], ["No devices were found"]])
    withCards(rows, () => expectRoom("Qwen2.5-3B", threeB, card));
});

test("of several cards that one counts which this process sees last, by number or by name", () => {
  withCards(["100, GPU-aa", "140000, GPU-bb", "90, GPU-cc"], () => {
    const isRoom = (visible: string): boolean => {
      process.env["CUDA_VISIBLE_DEVICES"] = visible;
      try {
        expectRoom("Qwen2.5-3B", threeB, card);
        return true;
      } catch (error) {
        assert.match((error as Error).message, /0\.1 are there/);
        return false;
      }
    };
    for (const visible of ["1", "0,1", "0, 1 ", "GPU-bb", "GPU-b", "2,1,7,0", "1,-1,0"])
      assert.ok(isRoom(visible), visible);
    for (const visible of ["0", "1,0", "GPU-cc", "0,1,2"]) assert.not(isRoom(visible), visible);
    for (const visible of ["MIG-1", "", "-1", "7"]) assert.ok(isRoom(visible), "what is not known is not refused");
    delete process.env["CUDA_VISIBLE_DEVICES"];
    assert.throws(() => expectRoom("Qwen2.5-3B", threeB, card), /0\.1 are there/); // the last of all
  });
});

test.run();
