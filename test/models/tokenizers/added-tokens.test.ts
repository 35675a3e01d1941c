import { test } from "uvu";
import * as assert from "uvu/assert";
import { withAddedTokens } from "../../../lib/models/tokenizers/added-tokens";
import { tokenizerFrom } from "../../../lib/models/tokenizers/tokenizer";
import { tinyTokenizer } from "../../fixtures";

const config = (added_tokens_decoder: object, more: object = {}) => ({
  "tokenizer_config.json": JSON.stringify({ added_tokens_decoder, ...more }),
});
const encode = (files: Record<string, string>, text: string) =>
  tokenizerFrom(withAddedTokens("tokenizer.json", tinyTokenizer.json, files)).encode(text);

test("tokens that tokenizer_config.json alone has are tokens, with their own ids and strips", () => {
  assert.ok(tinyTokenizer.encode("a<tool>").length > 2, "unknown, it is cut to pieces");
  const files = config({ 300: { content: "<tool>", special: true, lstrip: true } });
  assert.equal(encode(files, "a <tool>"), [...tinyTokenizer.encode("a"), 300]);
});

test("so are those of added_tokens.json, special if a map of special tokens names them", () => {
  const files = {
    "added_tokens.json": JSON.stringify({ "<x>": 301, "<y>": 300 }),
    "special_tokens_map.json": JSON.stringify({ additional_special_tokens: ["<x>"] }),
  };
  const tokenizer = tokenizerFrom(withAddedTokens("tokenizer.json", tinyTokenizer.json, files));
  assert.equal(tokenizer.encode("<x><y>"), [301, 300]);
  assert.is(tokenizer.decode([301, 300]), "<y>", "special tokens are left out");
  assert.is(tokenizer.size, 302);
});

test("a token of the vocabulary keeps its id, and what is there already is not added again", () => {
  const [id] = tinyTokenizer.encode("<|im_end|>") as [number];
  assert.is(
    withAddedTokens("t", tinyTokenizer.json, config({ [id]: { content: "<|im_end|>", special: true } })),
    tinyTokenizer.json,
  );
  const [the] = tinyTokenizer.encode("a") as [number];
  assert.equal(encode(config({ 999: { content: "a", special: false } }), "a"), [the]);
});

test("two tokens with one id are refused with both", () => {
  assert.throws(
    () => withAddedTokens("t.json", tinyTokenizer.json, config({ 299: { content: "<tool>" } })),
    (error: Error) =>
      error.name === "CorruptData" && /t\.json: token 299 is "<\/answer>" here, and "<tool>"/.test(error.message),
  );
});

test.run();
