import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { openLlama2c } from "../../../lib/models/checkpoints/llama2c";
import { model } from "../../../lib/models/model";
import { sharedFile, sharedJson, temporaryFolder } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const stories = sharedFile("data/ref/llama2c/stories260K.bin");
const { expected = "" } = (sharedJson("data/ref/llama2c/expected.json") ?? {}) as { expected?: string };

if (stories) {
  test("a checkpoint of llama2.c with its tokenizer writes what run.c writes", async () => {
    const policy = await model(stories);
    // recorded from run.c
    assert.equal(policy.tokenizer.encode("Once upon a time", { special: true }), [1, 403, 407, 261, 378]);
    const [row] = await policy.generate(["<s>Once upon a time"], { maxTokens: 60, temperature: 0 });
    assert.ok(`Once upon a time${row!.text}`.length > 100);
    assert.ok(expected.startsWith(`Once upon a time${row!.text}`), row!.text);
    policy.dispose();
  });

  test("one that is cut short is refused", () =>
    refused(readFileSync(stories).subarray(0, 5000), /its head asks for \d+ bytes, it has 5000/));
}

test("a file that is something else is refused", () => {
  refused(Buffer.alloc(40, 1), /its head reads/);
  refused(Buffer.alloc(3), /3 bytes are too few/);
});

function refused(bytes: Buffer, why: RegExp): void {
  const file = join(temporaryFolder(), "a.bin");
  writeFileSync(file, bytes);
  assert.throws(() => openLlama2c(file), why);
}

test.run();
