import { test } from "uvu";
import * as assert from "uvu/assert";
import { words } from "../../../../lib/search/bm25/analysis/words";
import { sharedJson } from "../../../fixtures";

const wordsOf = (text: string): string[] => {
  const found: string[] = [];
  words(text, (start, end) => found.push(text.slice(start, end)));
  return found;
};

test("one mark between two letters or two digits belongs to the word, at its edge it does not", () => {
  assert.equal(wordsOf("don't stop. U.S.A. 3.14, 1,000.5 a.1 and/or x:y 'quoted'"), [
    "don't",
    "stop",
    "U.S.A",
    "3.14",
    "1,000.5",
    "a",
    "1",
    "and",
    "or",
    "x:y",
    "quoted",
  ]);
});

test("underscores join, and are no word by themselves", () => {
  assert.equal(wordsOf("snake_case __init__ _ __ 3_a"), ["snake_case", "__init__", "3_a"]);
});

test("marks belong to the letter before them", () => {
  assert.equal(wordsOf("mo\u0308chte e\u200dx \u0301"), ["mo\u0308chte", "e\u200dx"]);
});

test("a Han or Hiragana character is a word, Katakana and Thai make runs, Hebrew may end in a quotation mark", () => {
  assert.equal(wordsOf("心臓およアスピリン ภาษาไทย צה\"ל ג' \u{20000}x"), [
    "心",
    "臓",
    "お",
    "よ",
    "アスピリン",
    "ภาษาไทย",
    'צה"ל',
    "ג'",
    "\u{20000}",
    "x",
  ]);
});

test("an emoji is a word with all that is joined to it; a flag is two letters", () => {
  assert.equal(wordsOf("a😀b 👩🏽‍⚕️! 🇩🇪🇫🇷🇩 #️⃣ # ©"), ["a", "😀", "b", "👩🏽‍⚕️", "🇩🇪", "🇫🇷", "#️⃣", "©"]);
});

test("a word of more than 255 characters is cut, as Lucene cuts it", () => {
  assert.equal(
    wordsOf("x".repeat(600)).map(({ length }) => length),
    [255, 255, 90],
  );
});

test("control characters, lone surrogates and unassigned code points separate words", () => {
  assert.equal(wordsOf("a\u0000b\ud800c\udc00d\u0378e\ufffff"), ["a", "b", "c", "d", "e", "f"]);
});

const cases = sharedJson("data/ref/lucene/english-analyzer-cases.json") as
  | { standardTokenizer: [string, string[]][] }
  | undefined;
if (cases) {
  test("Lucene's own cases of its StandardTokenizer", () => {
    for (const [text, expected] of cases.standardTokenizer) assert.equal(wordsOf(text), expected, text);
  });
}

test.run();
