import { test } from "uvu";
import * as assert from "uvu/assert";
import { dictionary, find } from "../../../../lib/search/bm25/postings/dictionary";
import { unpacker } from "../../../../lib/search/bm25/postings/strings";

test("terms are found by their number and numbers by their term", () => {
  const terms = Array.from({ length: 5000 }, (_, i) => `t${i * 7919}`).concat("", "心臓", "\u{1f600}");
  const book = dictionary(terms);
  const term = unpacker(book);
  for (const [i, text] of terms.entries()) {
    assert.is(find(book, text), i);
    assert.is(term(i), text);
  }
  for (const absent of ["t", "t1", "T0", "心"]) assert.is(find(book, absent), -1);
});

test("an empty dictionary has no term", () => {
  assert.is(find(dictionary([]), "a"), -1);
});

test.run();
