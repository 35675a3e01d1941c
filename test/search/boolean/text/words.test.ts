import { test } from "uvu";
import * as assert from "uvu/assert";
import { normal, words } from "../../../../lib/search/boolean/text/words";

test("words are lower case, split at everything that is neither letter nor digit", () => {
  assert.equal(words("Post-mortem: 2.5 mg/day (HbA1c)"), ["post", "mortem", "2", "5", "mg", "day", "hba1c"]);
  assert.equal(words(""), []);
  assert.equal(words(" -- "), []);
});

test("an apostrophe ends a word, as in PubMed", () => {
  assert.equal(words("Crohn's"), ["crohn", "s"]);
});

test("accents go and Greek letters are spelled out, in records and queries alike", () => {
  assert.equal(words("Sjögren TNF-α Łódź"), ["sjogren", "tnf", "alpha", "lodz"]);
});

test("letters without an ASCII form stay words", () => {
  assert.equal(words("病院 2"), ["病院", "2"]);
});

test("a name is its words with single spaces", () => {
  assert.is(normal("Infarction,  Myocardial"), "infarction myocardial");
});

test.run();
