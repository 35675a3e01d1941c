import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readTokenizer, specialMarkers, tokenizerFrom } from "../../../lib/models/tokenizers/tokenizer";
import { temporaryFolder, tinyTokenizer } from "../../fixtures";

test("special tokens are not decoded, the tags of the answer are", () => {
  const tokens = tinyTokenizer.encode("<|im_start|>a<think>b</think><answer>c</answer><|im_end|><|endoftext|>");
  assert.is(tinyTokenizer.decode(tokens), "a<think>b</think><answer>c</answer>");
});

test("nothing is added to a text", () => {
  assert.equal(tinyTokenizer.encode(""), []);
  assert.equal(tinyTokenizer.encode("a"), [tinyTokenizer.encode("ba")[1]]);
});

test("the end and the padding are ChatML's, and every id is below the size", () => {
  assert.equal(
    [[tinyTokenizer.eos], [tinyTokenizer.pad]],
    [tinyTokenizer.encode("<|im_end|>"), tinyTokenizer.encode("<|endoftext|>")],
  );
  assert.ok(specialMarkers.includes("<|im_end|>"));
  assert.is(tinyTokenizer.size, 300);
  assert.is(Math.max(...tinyTokenizer.encode("</answer>")), 299);
});

test("a tokenizer goes through its file unchanged", () => {
  const file = join(temporaryFolder(), "tokenizer.json");
  writeFileSync(file, JSON.stringify(tinyTokenizer.json));
  const text = "the cat<think>aspirin 🫀";
  assert.equal(readTokenizer(file).encode(text), tinyTokenizer.encode(text));
});

test("a file that is absent or no JSON is named", () => {
  const file = join(temporaryFolder(), "tokenizer.json");
  const corrupt = (error: Error) => error.name === "CorruptData" && error.message.startsWith(file);
  assert.throws(() => readTokenizer(file), corrupt);
  writeFileSync(file, "{");
  assert.throws(() => readTokenizer(file), corrupt);
});

test("a vocabulary without ChatML's markers is refused by name", () => {
  const { added_tokens, ...rest } = tinyTokenizer.json as { added_tokens: { content: string }[] };
  const without = { ...rest, added_tokens: added_tokens.filter(({ content }) => content !== "<|im_end|>") };
  assert.throws(() => tokenizerFrom(without), /there is no token <\|im_end\|>/);
});

test("a file that is JSON but no tokenizer is named", () => {
  const file = join(temporaryFolder(), "tokenizer.json");
  writeFileSync(file, "{}");
  assert.throws(
    () => readTokenizer(file),
    (error: Error) => error.name === "CorruptData" && error.message.startsWith(file),
  );
});

test.run();
