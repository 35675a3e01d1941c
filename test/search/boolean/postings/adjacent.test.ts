import { test } from "uvu";
import * as assert from "uvu/assert";
import { adjacent } from "../../../../lib/search/boolean/postings/adjacent";
import { part } from "../../../../lib/search/boolean/syntax/fields";
import { postings } from "../../../../lib/search/boolean/postings/postings";

const titled = (title: string, abstract = "") => ({
  pmid: title,
  title,
  abstract,
  mesh: [],
  date: "",
  journal: "",
  authors: [],
  types: [],
});
const index = postings([
  titled("heart attack"),
  titled("attack heart"),
  titled("heart", "attack"),
  titled("a heart and heart attack"),
  titled("", "heart attack"),
]);
const slots = (...words: string[]) => words.map((word, offset) => ({ number: index.numbers.get(word)!, offset }));
const found = (order: ReturnType<typeof slots>, parts: number) => [...adjacent(index, order, parts)];

test("words stand in their places, whichever is looked at first, and never across two parts", () => {
  for (const order of [slots("heart", "attack"), slots("heart", "attack").reverse()]) {
    assert.equal(found(order, part.title), [0, 3]);
    assert.equal(found(order, part.title | part.abstract), [0, 3, 4]);
  }
  assert.equal(found(slots("attack", "heart"), part.title), [1]);
  assert.equal(found(slots("heart", "heart"), part.title), []);
});

test.run();
