import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerMatcher, spanOf, spanTokens } from "../../lib/metrics/answer-span";

const has = (passage: string, ...answers: string[]) => answerMatcher(answers)(spanOf(passage));

test("tokens are words and single signs, decomposed and in lower case", () => {
  assert.equal(spanTokens("It's U.S. $5\t—\u0007 Café"), [
    "it",
    "'",
    "s",
    "u",
    ".",
    "s",
    ".",
    "$",
    "5",
    "—",
    "cafe\u0301",
  ]);
});

test("an answer is a run of whole words, whatever the case and the space", () => {
  assert.ok(has("It was found by MARIE\n CURIE.", "Marie Curie"));
  assert.not.ok(has("an artist", "art"));
  assert.not.ok(has("Curie and Marie", "Marie Curie"));
  assert.not.ok(has("Marie S. Curie", "Marie Curie"));
});

test("signs belong to the run: U.S. is not US, and spaces around signs do not matter", () => {
  assert.ok(has("the U. S. Navy", "U.S."));
  assert.not.ok(has("the US Navy", "U.S."));
  assert.ok(has("in 1999 , he", "1999, he"));
});

test("accents match however they are written, and only themselves", () => {
  assert.ok(has("Beyonce\u0301 sang", "Beyonc\u00e9"));
  assert.not.ok(has("Beyonce sang", "Beyonc\u00e9"));
  assert.ok(has("ΟΔΟΣ", "οδος"));
});

test("control characters and zero-width marks separate, and are no tokens", () => {
  assert.ok(has("New\u200bYork", "New York"));
  assert.equal(spanTokens("\ud800 \u00a0\u0000"), []);
});

test("an answer without tokens is in every passage, as in DPR, unless it is dropped", () => {
  assert.ok(answerMatcher([" "], { dropEmpty: false })(spanOf("")));
  assert.not.ok(has("anything", "", " "));
  assert.not.ok(has("anything"));
});

test("tokens that share a bit, and a filter that is full, change nothing", () => {
  const passage = Array.from({ length: 3000 }, (_, i) => `w${i}`).join(" ");
  assert.ok(has(passage, "w1499 w1500"));
  assert.not.ok(has(passage, "w1500 w1499"));
  for (let i = 0; i < 3000; i++) assert.not.ok(has("w0 w1 w2 w3 w4 w5 w6 w7", `v${i}`));
});

test.run();
