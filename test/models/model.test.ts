import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { model } from "../../lib/models/model";
import { qwen2, untrained } from "../../lib/models/policy";
import { numbers, tensorsLeftBy, temporaryFolder, tinyConfig, tinyPolicy, tinyTokenizer } from "../fixtures";
import { tf } from "../../lib/backend/tf";

test.before(async () => void (await useBackend("cpu")));

const refused = async (idOrPath: string, name: string, pattern: RegExp) => {
  try {
    await model(idOrPath, { offline: true });
  } catch (error) {
    assert.is((error as Error).name, name, (error as Error).stack);
    return assert.match((error as Error).message, pattern);
  }
  assert.unreachable(idOrPath);
};

test("a folder, and the weights file in it, are the same model", async () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  policy.save(folder);
  const left = await tensorsLeftBy(async () => {
    for (const path of [folder, join(folder, "model.safetensors")]) {
      const back = await model(path);
      assert.equal([back.name, back.config], [path, policy.config]);
      assert.equal(
        back.variables.map((variable) => variable.dataSync()),
        policy.variables.map((variable) => variable.dataSync()),
      );
      back.dispose();
    }
  });
  assert.is(left, 0);
});

for (const change of [
  { model_type: "qwen3" },
  { model_type: "llama", tie_word_embeddings: false },
  { tie_word_embeddings: false },
] as const) {
  test(`${JSON.stringify(change)} is saved, read, frozen and trained like a Qwen2`, async () => {
    const folder = temporaryFolder();
    const policy = untrained({ ...tinyConfig, ...change }, tinyTokenizer, 1);
    policy.save(folder);
    const back = await model(folder);
    assert.equal(back.config, policy.config);
    const batch = back.batch([{ prompt: [1, 2, 3], response: [4, 5] }]);
    const own = numbers(tf.tidy(() => policy.tokenLogps(batch).logps));
    const frozen = back.freeze();
    assert.equal(numbers(tf.tidy(() => frozen.tokenLogps(batch).logps)), own);
    tf.tidy(() => {
      const { grads } = tf.variableGrads(() => back.tokenLogps(batch).logps.sum() as tf.Scalar, back.variables);
      for (const [name, gradient] of Object.entries(grads)) assert.ok(gradient.abs().max().dataSync()[0]! > 0, name);
    });
  });
}

test("what came with a checkpoint's tokenizer is saved with it again", async () => {
  const folder = temporaryFolder();
  tinyPolicy().save(folder);
  writeFileSync(join(folder, "chat_template.jinja"), "{{ messages }}");
  writeFileSync(
    join(folder, "generation_config.json"),
    JSON.stringify({ eos_token_id: [295, 293], pad_token_id: 294 }),
  );
  const again = temporaryFolder();
  const policy = await model(folder);
  assert.equal([policy.tokenizer.eos, policy.tokenizer.stops, policy.tokenizer.pad], [295, [295, 293], 294]);
  policy.save(again);
  assert.equal(readdirSync(again).sort(), [
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
  ]);
  assert.equal(
    (JSON.parse(readFileSync(join(again, "config.json"), "utf8")) as { eos_token_id: number[] }).eos_token_id,
    [295, 293],
  );
});

test("a model that names no end of text can be read, and says so when training asks for it", async () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  policy.save(folder);
  const json = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Record<string, unknown>;
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...json, eos_token_id: null }));
  const text = readFileSync(join(folder, "tokenizer.json"), "utf8").replaceAll("<|im_end|>", "<|other|>");
  writeFileSync(join(folder, "tokenizer.json"), text);
  const back = qwen2(folder);
  assert.equal(back.tokenizer.stops, []);
  assert.is((await back.generate(["the cat"], { maxTokens: 3 }))[0]!.tokens.length, 3);
  assert.throws(() => back.tokenizer.eos, /This model has no token that ends a text/);
});

test("what is no model is refused with what would be one", async () => {
  const folder = temporaryFolder();
  await refused(join(folder, "nothing"), "RangeError", /there is no file or folder .*nothing, and ".*" is no Hub id/);
  await refused(folder, "CorruptData", /config\.json: .*A checkpoint folder holds/);
  writeFileSync(join(folder, "notes.txt"), "");
  await refused(join(folder, "notes.txt"), "CorruptData", /neither a \.gguf nor a model\.safetensors/);
  for (const name of ["a.gguf", "b.gguf"]) writeFileSync(join(folder, name), "GGUF");
  await refused(folder, "RangeError", /holds a\.gguf, b\.gguf\. Name one of them/);
  rmSync(join(folder, "b.gguf"));
  await refused(folder, "CorruptData", /a\.gguf: its head cannot be read/);
});

test("a folder in place of a file, and JSON that is no object, are refused by name", async () => {
  const folder = temporaryFolder();
  tinyPolicy().save(folder);
  rmSync(join(folder, "model.safetensors"));
  mkdirSync(join(folder, "model.safetensors"));
  await refused(folder, "CorruptData", /model\.safetensors: it is a folder, not a file/);
  writeFileSync(join(folder, "config.json"), "[]");
  await refused(folder, "CorruptData", /config\.json: it is JSON, but no object/);
});

test("a model that would not fit is refused before its weights are read", async () => {
  const folder = temporaryFolder();
  tinyPolicy().save(folder);
  const json = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Record<string, unknown>;
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({ ...json, num_hidden_layers: 10_000_000, hidden_size: 4096, num_attention_heads: 32 }),
  );
  await refused(folder, "RangeError", /this model needs \d+\.\d GB on the cpu backend, \d+\.\d are there/);
});

test.run();
