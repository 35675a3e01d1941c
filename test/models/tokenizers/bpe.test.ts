import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { trainBpe } from "../../../lib/models/tokenizers/bpe";
import { markers, tokenizerFrom } from "../../../lib/models/tokenizers/tokenizer";

type Json = {
  model: { merges: string[]; vocab: Record<string, number> };
  added_tokens: { id: number; content: string; special: boolean }[];
};
const train = (texts: readonly string[], merges: number) => trainBpe(texts, 256 + markers.length + merges) as Json;
const tokenizer = tokenizerFrom(trainBpe(["the cat sat on the mat", "stroke stroke stroke <think>cats</think>"], 300));

test("the most frequent pair is merged first, counting every occurrence of its word", () => {
  // words: "hug" 3, "pug" 2, "hugs" 1 (each a text of its own, without a space before it)
  // u+g 6, h+u 4, p+u 2, g+s 1 → "ug"; then h+ug 4, p+ug 2, ug+s 1 → "hug"; then p+ug 2; hug+s occurs once: never
  const { merges } = train(["hug", "hug", "hug", "pug", "pug", "hugs"], 9).model;
  assert.equal(merges, ["u g", "h ug", "p ug"]);
});

test("at a tie the pair that sorts first is merged", () => {
  assert.equal(train(["cd", "ab", "cd", "ab"], 2).model.merges, ["a b", "c d"]);
});

test("a pair that overlaps itself is merged from the left", () => {
  // "aaaaa" twice: a+a 8 → aa aa a: aa+aa 2, aa+a 2 → "aa a" sorts first
  assert.equal(train(["aaaaa", "aaaaa"], 2).model.merges, ["a a", "aa a"]);
});

test("merges do not cross words: a space belongs to the next word, digits stand alone, punctuation is apart", () => {
  const { vocab } = train(Array<string>(5).fill("on on 12 12 on. on."), 30).model;
  assert.equal(
    Object.keys(vocab)
      .filter((token) => token.length > 1)
      .sort(),
    ["on", "Ġon"],
  );
});

test("training is deterministic and does not depend on the order of equal counts", () => {
  const texts = ["the cat sat on the mat", "a dog sat on a log", "the dog and the cat"];
  assert.is(JSON.stringify(train(texts, 30)), JSON.stringify(train(texts, 30)));
  assert.equal(train(texts, 30).model.merges, train([...texts].reverse(), 30).model.merges);
});

test("the size asked for is the number of ids, or fewer where nothing repeats", () => {
  assert.is(tokenizer.size <= 300, true);
  const { model, added_tokens } = train(["the cat the cat the hat"], 3);
  assert.is(Object.keys(model.vocab).length + added_tokens.length, 256 + 3 + markers.length);
  assert.is(Object.keys(train(["xyz"], 50).model.vocab).length, 256);
});

test("ids are bytes, then merges, then markers", () => {
  const { model, added_tokens } = train(["hug hug"], 1);
  assert.equal(
    Object.values(model.vocab).sort((a, b) => a - b),
    Array.from({ length: 257 }, (_, id) => id),
  );
  // Ġ is the space; h+u ties with u+g
  assert.equal([model.vocab["!"], model.vocab["Ġ"], model.vocab["hu"]], [33, 32, 256]);
  assert.equal(
    added_tokens.map(({ id, content }) => [id, content]),
    markers.map((marker, i) => [257 + i, marker]),
  );
});

test("markers are single tokens wherever they stand, and were never taken apart for training", () => {
  for (const marker of markers) assert.is(tokenizer.encode(marker).length, 1);
  assert.equal(tokenizer.encode("a<think>b"), [
    ...tokenizer.encode("a"),
    ...tokenizer.encode("<think>"),
    ...tokenizer.encode("b"),
  ]);
  assert.equal(train(Array<string>(9).fill("<think>x<answer>"), 9).model.merges, []);
});

test("any text comes back as it was: spaces, newlines, accents, other scripts, emoji, control characters", () => {
  for (const text of [
    " ",
    "  two  spaces ",
    "a\n\n b\r\n\tc",
    "naïve Ménière’s β₂",
    "脳卒中 инсульт السكتة",
    "👩‍⚕️🫀🇨🇭",
    "don't DON'T",
    '{"query": "(a OR b) AND \\"c\\""}',
    "\u0000\u0007\u007f",
    "x < y > z <thin k>",
  ]) {
    assert.is(tokenizer.decode(tokenizer.encode(text)), text);
  }
});

test("so does no text at all", () => assert.is(tokenizer.decode(tokenizer.encode("")), ""));

test("so do 2,000 random texts", () => {
  const pieces = ["the", " cat", "\n", "  ", "é", "🫀", "7", "'s", "(", "</", "\t", "脳", "�", "-", "S", " \n "];
  const rng = random("bpe");
  for (let i = 0; i < 2000; i++) {
    const text = Array.from({ length: 1 + rng.below(7) }, () => rng.pick(pieces)).join("");
    assert.is(tokenizer.decode(tokenizer.encode(text)), text, JSON.stringify(text));
  }
});

test("what was merged is one token", () => {
  assert.is(tokenizer.encode(" stroke").length, 1);
  assert.ok(tokenizer.encode("the mat").length < "the mat".length);
});

test.run();
