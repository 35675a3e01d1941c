import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Publication } from "../../../../lib/core/records";
import { random } from "../../../../lib/core/random";
import { part } from "../../../../lib/search/boolean/syntax/fields";
import { withNear } from "../../../../lib/search/boolean/postings/near";
import { hasWord, withPhrase, withWord, wordStretch } from "../../../../lib/search/boolean/postings/phrase";
import { postings } from "../../../../lib/search/boolean/postings/postings";
import { firstIn, type RecordSet } from "../../../../lib/search/boolean/record-sets/record-set";
import { setsOf } from "../../../../lib/search/boolean/record-sets/sets";

const publication = (title: string, abstract = "", mesh: readonly string[] = []): Publication => ({
  pmid: title + abstract,
  title,
  abstract,
  mesh,
  date: "",
  journal: "",
  authors: [],
  types: [],
});
const records = [
  publication("heart attack", "aspirin after a heart attack"),
  publication("attack heart", "the heart of an attack", ["Heart", "Attack Rate"]),
  publication("heart", "attack"),
  publication("heart failures and heart attacks"),
];
const index = postings(records);
const title = part.title;
const all = part.title | part.abstract | part.mesh;
const sets = setsOf(records.length);
const listed = (set: RecordSet, most = records.length) => [...firstIn(set, most, 0, most)];
const phrase = (words: string, parts: number) => listed(withPhrase(index, words.split(" "), parts, sets.gather));

test("a phrase is its words side by side and in order, within one part of the record", () => {
  assert.equal(phrase("heart attack", all), [0]); // record 1 has them as two headings, record 2 as title and abstract
  assert.equal(phrase("heart attack", part.abstract), [0]);
  assert.equal(phrase("attack heart", all), [1]);
});

test("truncation inside a phrase stands for every word that begins so", () => {
  assert.equal(phrase("heart attack*", title), [0, 3]);
  assert.equal(phrase("hear* fail*", title), [3]);
  assert.equal(phrase("heart zzz*", title), []);
});

test("a word is found in the parts asked for", () => {
  assert.equal(listed(withWord(index, "aspirin", title, sets.gather)), []);
  assert.equal(listed(withWord(index, "aspirin", all, sets.gather)), [0]);
  assert.equal(
    [
      hasWord(index, "aspirin", title),
      hasWord(index, "aspirin", all),
      hasWord(index, "aspi*", all),
      hasWord(index, "zzz", all),
    ],
    [false, true, true, false],
  );
});

test("a word that stands in no other part is a stretch of the index, not a copy", () => {
  assert.equal([...wordStretch(index, "aspirin", part.abstract)!], [0]);
  assert.is(wordStretch(index, "aspirin", part.abstract)!.buffer, index.documents.buffer);
  assert.is(wordStretch(index, "heart", title), undefined); // record 1 has it in its abstract too
});

test("proximity counts the words in between, in any order", () => {
  const near = (within: number) => listed(withNear(index, ["attack", "heart"], part.abstract, within, sets));
  assert.equal(near(0), [0]);
  assert.equal(near(1), [0]);
  assert.equal(near(2), [0, 1]); // heart (of an) attack
});

test("phrases agree with a plain search of the text, in a thousand random cases", () => {
  const rng = random("phrases");
  const vocabulary = ["a", "b", "ab", "c"];
  const texts = Array.from({ length: 60 }, () => Array.from({ length: 12 }, () => rng.pick(vocabulary)).join(" "));
  const own = postings(texts.map((text, i) => ({ ...publication(text), pmid: String(i) })));
  const { gather } = setsOf(texts.length);
  for (let i = 0; i < 1000; i++) {
    const words = Array.from({ length: 1 + rng.below(4) }, () => rng.pick(["a", "b", "ab", "c", "a*"]));
    const pattern = new RegExp(`(^| )${words.join(" ").replace(/a\*/g, "ab?")}( |$)`);
    const expected = texts.flatMap((text, record) => (pattern.test(text) ? [record] : []));
    assert.equal(listed(withPhrase(own, words, title, gather), texts.length), expected, words.join(" "));
  }
});

test.run();
