import { test } from "uvu";
import * as assert from "uvu/assert";
import { stopBegun, stopIn, textStream } from "../../../lib/models/generation/text-stream";
import { ggufTokenizer } from "../../../lib/models/checkpoints/gguf/tokenizer";
import { tinyTokenizer } from "../../fixtures";
import { random } from "../../../lib/core/random";

const pieces = (tokens: readonly number[], tokenizer = tinyTokenizer): string[] => {
  const stream = textStream(tokenizer);
  return tokens.map((token) => {
    const before = stream.text.length;
    stream.push(token);
    return stream.text.slice(before);
  });
};

test("text comes token by token", () => {
  const tokens = tinyTokenizer.encode("the cat sat");
  assert.equal(
    pieces(tokens),
    tokens.map((token) => tinyTokenizer.decode([token])),
  );
});

test("a character comes when its last byte has", () => {
  const tokens = tinyTokenizer.encode("é€𝄞!"); // two, three and four bytes, a token each
  assert.equal(pieces(tokens), ["", "é", "", "", "€", "", "", "", "𝄞", "!"]);
});

test("bytes that are no character are shown as such, and nothing is lost after them", () => {
  const [bad, lead, rest] = [0x80, 0xc3, 0xa9].map((byte) =>
    Number(
      Object.entries(tinyTokenizer.json as { model: { vocab: Record<string, number> } }).find(
        ([name]) => name === "model",
      )![1].vocab[String.fromCharCode(byte >= 0xa1 ? byte : 256 + 34 + byte - 0x7f)],
    ),
  );
  assert.equal(tinyTokenizer.decode([lead!, rest!]), "é");
  assert.is(pieces([bad!, bad!, lead!, rest!]).join(""), tinyTokenizer.decode([bad!, bad!, lead!, rest!]));
});

test("pieces together are the decoded text, for random tokens too, up to a last unfinished character", () => {
  const rng = random("pieces");
  for (let i = 0; i < 50; i++) {
    const tokens = Array.from({ length: 30 }, () => rng.below(300));
    const [whole, said] = [tinyTokenizer.decode(tokens), pieces(tokens).join("")];
    assert.ok(whole === said || whole === `${said}\uFFFD`, JSON.stringify([whole, said]));
  }
});

test("a decoder that writes the first word of a text otherwise than a later one is followed", () => {
  const metadata = {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", "▁the", "▁cat", "s"],
    "tokenizer.ggml.scores": [0, 0, 0, -1, -2, -3],
    "tokenizer.ggml.token_type": [2, 3, 3, 1, 1, 1],
    "tokenizer.ggml.eos_token_id": 2,
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.unknown_token_id": 0,
  };
  assert.equal(pieces([3, 4, 5, 4], ggufTokenizer("model.gguf", metadata)), ["the", " cat", "s", " cat"]);
});

test("the first stop string in the text counts, and one that has only begun is known", () => {
  assert.is(stopIn("a b c", ["c", "b"]), 2);
  assert.is(stopIn("a b c", ["x"]), -1);
  assert.is(stopIn("b b", ["b"], 1), 2);
  assert.equal(
    ["text</an", "text", "<<", "</answer>"].map((text) => stopBegun(text, ["</answer>", "<<<"])),
    [4, 0, 2, 0],
  );
});

test.run();
