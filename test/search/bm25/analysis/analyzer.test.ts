import { test } from "uvu";
import * as assert from "uvu/assert";
import { analyze } from "../../../../lib/search/bm25/analysis/analyzer";
import { sharedJson } from "../../../fixtures";

test("words lose their possessive, their case and their endings; stop words go", () => {
  assert.equal(analyze("The patients' and Steven's BOOKS were not there"), ["patient", "steven", "book", "were"]);
});

test("operators and brackets mean nothing", () => {
  assert.equal(analyze('(heart AND NOT attack*) OR "stroke"[ti]'), ["heart", "attack", "stroke", "ti"]);
});

test("case is folded letter by letter, as Java does it", () => {
  assert.equal(analyze("ΣΊΣΥΦΟΣ İstanbul STRASSE ÄRZTE"), ["σίσυφοσ", "istanbul", "strass", "ärzte"]);
});

test("a field's name before a word becomes part of it", () => {
  assert.equal(analyze("contents:aspirin stroke"), ["contents:aspirin", "stroke"]);
  assert.equal(analyze("contents:(aspirin) contents:5"), ["content", "aspirin", "content", "5"]);
});

const cases = sharedJson("data/ref/lucene/english-analyzer-cases.json") as
  | { english: [string, string[]][] }
  | undefined;
if (cases) {
  test("Lucene's own cases of its EnglishAnalyzer", () => {
    for (const [text, expected] of cases.english) assert.equal(analyze(text), expected, text);
  });
}

test.run();
