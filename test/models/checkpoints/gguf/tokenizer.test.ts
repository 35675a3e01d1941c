import { test } from "uvu";
import * as assert from "uvu/assert";
import { chatPrompt } from "../../../../lib/models/tokenizers/chat-template";
import { ggufTokenizer, mergesOf } from "../../../../lib/models/checkpoints/gguf/tokenizer";

/** A SentencePiece vocabulary of whole words, as Llama 2's: pieces with scores, bytes for what they lack. */
const pieces: [token: string, score: number, type: number][] = [
  ["<unk>", 0, 2],
  ["<s>", 0, 3],
  ["</s>", 0, 3],
  ...Array.from({ length: 256 }, (_, b): [string, number, number] => [
    `<0x${b.toString(16).toUpperCase().padStart(2, "0")}>`,
    0,
    6,
  ]),
  ["▁a", -1, 1],
  ["bc", -2, 1],
  ["▁abc", -3, 1],
  ["▁", -4, 1],
  ["a", -5, 1],
  ["b", -6, 1],
  ["c", -7, 1],
];
const metadata = {
  "tokenizer.ggml.model": "llama",
  "tokenizer.ggml.tokens": pieces.map(([token]) => token),
  "tokenizer.ggml.scores": pieces.map(([, score]) => score),
  "tokenizer.ggml.token_type": pieces.map(([, , type]) => type),
  "tokenizer.ggml.bos_token_id": 1,
  "tokenizer.ggml.eos_token_id": 2,
  "tokenizer.ggml.unknown_token_id": 0,
  "tokenizer.chat_template":
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}{% endfor %}{% if " +
    "add_generation_prompt %} ->{% endif %}",
};
const id = (token: string) => pieces.findIndex(([own]) => own === token);
const tokenizer = ggufTokenizer("model.gguf", metadata);

test("merges follow from the scores: the best piece first, every way to cut it", () => {
  assert.equal(mergesOf(["ab", "a", "b", "abc", "c", "bc"], [-1, -5, -5, -2, -5, -3]), [
    ["a", "b"],
    ["ab", "c"],
    ["a", "bc"],
    ["b", "c"],
  ]);
});

test("a text begins with a space, is merged by score, and comes back", () => {
  assert.equal(tokenizer.encode("abc"), [id("▁abc")]);
  assert.equal(tokenizer.encode("abc a"), [id("▁abc"), id("▁a")]);
  assert.is(tokenizer.decode(tokenizer.encode("abc a")), "abc a");
});

test("what the vocabulary lacks is written in bytes", () => {
  assert.equal(tokenizer.encode("aß"), [id("▁a"), id("<0xC3>"), id("<0x9F>")]);
  assert.is(tokenizer.decode(tokenizer.encode("aß")), "aß");
});

test("nothing is put in front unless it is asked for; a marker in the text is itself", () => {
  assert.equal(tokenizer.encode("a", { special: true }), [1, id("▁a")]);
  assert.is(tokenizer.encode("<s>a")[0], 1);
  assert.equal([tokenizer.bos, tokenizer.stops, tokenizer.eos], [1, [2], 2]);
});

test("the chat template comes with the file, and so do the tokens that it names", () => {
  const messages = [{ role: "user", content: "a" }];
  assert.is(chatPrompt(tokenizer, messages), "<s>[user] a ->");
  assert.is(chatPrompt(tokenizer, messages, { addGenerationPrompt: false }), "<s>[user] a");
});

test("a file without tokens, scores or a known kind is refused by name", () => {
  for (const [changes, pattern] of [
    [{ "tokenizer.ggml.tokens": undefined }, /tokenizer\.ggml\.tokens is no list of strings/],
    [{ "tokenizer.ggml.scores": ["x"] }, /tokenizer\.ggml\.scores is no list of numbers/],
    [{ "tokenizer.ggml.model": "t5" }, /tokenizer\.ggml\.model is "t5"; gpt2 and llama are read/],
    [{ "tokenizer.ggml.model": "gpt2" }, /tokenizer\.ggml\.merges is no list of strings/],
  ] as const) {
    assert.throws(
      () => ggufTokenizer("model.gguf", { ...metadata, ...changes }),
      (error: Error) => error.name === "CorruptData" && pattern.test(error.message),
      String(pattern),
    );
  }
});

test.run();
