import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { blockFormats } from "../../lib/models/checkpoints/gguf/dequantise";
import { fromArrays } from "../../lib/models/checkpoints/read-weights";
import { model } from "../../lib/models/model";
import { policyOf } from "../../lib/models/policy";
import { trainable } from "../../lib/models/decoder/weights";
import { sharedFile, temporaryFolder, tinyTokenizer } from "../fixtures";
import { readLlama2c } from "../../lib/models/checkpoints/llama2c";
import { agree, answers, peer, transformersPython, within, type Answer } from "./peer";

/** Hugging Face transformers computes the same: its checkpoints here, ours there. fp32 on both sides. */
const python = transformersPython();
const prompts = [
  [5, 17, 300, 2, 44, 9, 77, 128, 31, 402, 11],
  [100],
  Array.from({ length: 90 }, (_, i) => (i * 37) % 500),
];

if (python) {
  test.before(async () => void (await useBackend()));

  test("small random models that transformers wrote, sharded and in bfloat16", async () => {
    const folder = temporaryFolder();
    const names = peer(python, "make", folder) as string[];
    const theirs = answers(
      python,
      names.map((name) => ({ folder: join(folder, name), ids: prompts })),
    );
    for (const [i, name] of names.entries()) {
      // transformers wrote none
      writeFileSync(join(folder, name, "tokenizer.json"), JSON.stringify(tinyTokenizer.json));
      const policy = await model(join(folder, name));
      await agree(name, policy, theirs[i]!.rows);
      policy.save(join(folder, `${name}-again`));
      policy.dispose();
    }
    const again = answers(
      python,
      names.map((name) => ({ folder: join(folder, `${name}-again`), ids: prompts, tokens: 4 })),
    );
    for (const [i, name] of names.entries())
      within(`${name}, saved by us and read by transformers`, again[i]!.rows, theirs[i]!.rows);
  });

  test("the checkpoint that was trained here", async () => {
    const folder = "data/checkpoints/pubmed-coldstart";
    const policy = await model(folder);
    const texts = ["<|im_start|>user\nheart attack and aspirin<|im_end|>\n<|im_start|>assistant\n<think>", "stroke"];
    const [{ rows }] = answers(python, [{ folder: join(__dirname, "../..", folder), prompts: texts }]) as [Answer];
    assert.equal(
      rows.map(({ ids }) => ids),
      texts.map((text) => policy.tokenizer.encode(text)),
      "the tokenizers agree",
    );
    await agree("pubmed-coldstart", policy, rows, policy.tokenizer.stops);
    policy.dispose();
  });

  const stories = sharedFile("data/ref/llama2c/stories260K.bin");
  const llama = stories === undefined ? undefined : readLlama2c(stories);
  if (llama) {
    test("llama2.c's stories260K, exported as a Llama", async () => {
      const { config, arrays } = llama;
      const policy = policyOf("stories260K", {
        weights: trainable(fromArrays("stories260K.bin", arrays, config)),
        config,
        tokenizer: tinyTokenizer,
      });
      const folder = temporaryFolder();
      policy.save(folder);
      const [{ rows }] = answers(python, [{ folder, ids: prompts.map((ids) => [1, ...ids]) }]) as [Answer];
      await agree("stories260K", policy, rows);
      policy.dispose();
    });
  }

  test("every quantisation is widened to the float32 that the gguf package gives, bit for bit", () => {
    const folder = temporaryFolder();
    for (const { name, type, count } of peer(python, "dequantise", folder) as {
      name: string;
      type: number;
      count: number;
    }[]) {
      const format = blockFormats.get(type)!;
      assert.is(format.name, name);
      const raw = readFileSync(join(folder, `${name}.raw`));
      const expected = new Uint32Array(new Uint8Array(readFileSync(join(folder, `${name}.f32`))).buffer);
      const actual = new Float32Array(count);
      format.widen(raw, actual);
      const bits = new Uint32Array(actual.buffer);
      for (let i = 0; i < count; i++)
        if (bits[i] !== expected[i])
          assert.unreachable(`${name}[${i}]: ${actual[i]}, expected ${new Float32Array(expected.buffer)[i]}`);
    }
  });
}

test.run();
