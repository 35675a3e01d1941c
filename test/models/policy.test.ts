import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { tf } from "../../lib/backend/tf";
import { qwen2, untrained, type Policy } from "../../lib/models/policy";
import {
  close,
  numbers,
  taught,
  temporaryFolder,
  tensorsLeftBy,
  tinyConfig,
  tinyPolicy,
  tinyTokenizer,
} from "../fixtures";

test.before(async () => void (await useBackend("cpu")));
const bits = (policy: { variables: tf.Variable[] }) => policy.variables.map((variable) => [...variable.dataSync()]);

test("a policy goes through its folder bit for bit, and writes the same text after", async () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  policy.save(folder);
  assert.equal(readdirSync(folder).sort(), ["config.json", "model.safetensors", "tokenizer.json"]);
  const back = qwen2(folder);
  assert.equal(bits(back), bits(policy));
  assert.equal(back.config, policy.config);
  assert.equal(
    await back.generate(["the cat"], { maxTokens: 5 }),
    await policy.generate(["the cat"], { maxTokens: 5 }),
  );
});

test("in bfloat16 its file is half as large and its log-probabilities nearly the same", () => {
  const [whole, half] = [temporaryFolder(), temporaryFolder()];
  const policy = untrained(tinyConfig, tinyTokenizer, 1);
  policy.save(whole);
  policy.save(half, "BF16");
  const size = (folder: string) => readFileSync(join(folder, "model.safetensors")).length;
  assert.ok(Math.abs(size(whole) - size(half) - 2 * policy.parameters) < 64, "the headers differ by a few bytes");
  const logps = (folder: string) => {
    const back = qwen2(folder);
    const batch = back.batch([{ prompt: [1, 2, 3], response: [4, 5, 6] }]);
    return numbers(tf.tidy(() => back.tokenLogps(batch).logps));
  };
  close(logps(half), logps(whole), { rtol: 0, atol: 0.02 });
});

test("what is saved says in which numbers: of a merged policy and of one read from bfloat16 too", () => {
  const said = (policy: Policy, format?: "F32" | "BF16") => {
    const folder = temporaryFolder();
    policy.save(folder, format);
    const { dtype, torch_dtype } = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Record<
      string,
      unknown
    >;
    const header = readFileSync(join(folder, "model.safetensors"));
    const { dtype: written } = (
      JSON.parse(header.toString("utf8", 8, 8 + Number(header.readBigUInt64LE(0)))) as Record<string, { dtype: string }>
    )["model.norm.weight"]!;
    return { folder, words: [dtype, torch_dtype, written] };
  };
  const policy = tinyPolicy();
  assert.equal(said(policy).words, ["float32", "float32", "F32"]);
  const half = said(policy, "BF16");
  assert.equal(half.words, ["bfloat16", "bfloat16", "BF16"]);
  const back = qwen2(half.folder);
  assert.equal(said(back).words, ["float32", "float32", "F32"]);
  assert.equal(said(taught(back.adapt({ rank: 2 })).merge()).words, ["float32", "float32", "F32"]);
});

test("parameters are counted: embedding, two layers, the last norm", () => {
  // 300·16 + 2·(16 + 16·32 + 32 + 16·16 + 16 + 16·48 + 24·16) + 16
  assert.is(tinyPolicy().parameters, 4800 + 2 * 1984 + 16);
});

test("an untrained policy depends on its seed alone, and finds all tokens about equally likely", () => {
  const [one, same, other] = [
    untrained(tinyConfig, tinyTokenizer, 1),
    untrained(tinyConfig, tinyTokenizer, 1),
    untrained(tinyConfig, tinyTokenizer, 2),
  ];
  assert.equal(bits(one), bits(same));
  assert.not.equal(bits(one), bits(other));
  const batch = one.batch([{ prompt: [1, 2], response: [3] }]);
  close(numbers(tf.tidy(() => one.tokenLogps(batch).entropy)), [Math.log(300)], { rtol: 0.01 });
});

test("a frozen copy stays when the policy moves", () => {
  const policy = tinyPolicy();
  const reference = policy.freeze();
  const batch = policy.batch([{ prompt: [1, 2], response: [3, 4] }]);
  const before = numbers(tf.tidy(() => reference.tokenLogps(batch).logps));
  for (const variable of policy.variables) tf.tidy(() => variable.assign(tf.mul(variable, 1.5)));
  assert.equal(numbers(tf.tidy(() => reference.tokenLogps(batch).logps)), before);
  assert.not.equal(numbers(tf.tidy(() => policy.tokenLogps(batch).logps)), before);
});

test("made, frozen, saved, read and disposed of, it leaves no tensor behind", async () => {
  const folder = temporaryFolder();
  const left = await tensorsLeftBy(() => {
    const policy = untrained(tinyConfig, tinyTokenizer, 1);
    policy.freeze().dispose();
    policy.save(folder, "BF16");
    qwen2(folder).dispose();
    policy.dispose();
  });
  assert.is(left, 0);
});

test("a folder with a missing or broken part is refused, naming the file", () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  const refused = (file: string, pattern: RegExp) =>
    assert.throws(
      () => qwen2(folder),
      (error: Error) =>
        error.name === "CorruptData" && error.message.startsWith(join(folder, file)) && pattern.test(error.message),
      `${file} ${pattern}`,
    );
  refused("config.json", /A checkpoint folder holds config\.json, tokenizer\.json and model\.safetensors/);
  policy.save(folder);
  writeFileSync(join(folder, "config.json"), "{");
  refused("config.json", /JSON/);
  policy.save(folder);
  const weights = join(folder, "model.safetensors");
  writeFileSync(weights, readFileSync(weights).subarray(0, -100));
  refused("model.safetensors", /it is truncated/);
  policy.save(folder);
  rmSync(join(folder, "tokenizer.json"));
  refused("tokenizer.json", /ENOENT/);
});

test("a folder without weights is refused like any other broken checkpoint", () => {
  const folder = temporaryFolder();
  tinyPolicy().save(folder);
  rmSync(join(folder, "model.safetensors"));
  assert.throws(
    () => qwen2(folder),
    (error: Error) => error.name === "CorruptData" && error.message.startsWith(join(folder, "model.safetensors")),
  );
});

test("a tokenizer with more ids than the model has embeddings is refused", () => {
  const folder = temporaryFolder();
  untrained({ ...tinyConfig, vocab_size: 290 }, tinyTokenizer, 1).save(folder);
  assert.throws(
    () => qwen2(folder),
    (error: Error) => error.name === "CorruptData" && /300/.test(error.message) && /290/.test(error.message),
  );
});

test.run();
