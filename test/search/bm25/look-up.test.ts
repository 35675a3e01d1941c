import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { lookUps, postingOf } from "../../../lib/search/bm25/look-up";
import type { Postings } from "../../../lib/search/bm25/postings";

/** Postings of some lists of documents, as far as looking up needs them. */
const postingsOf = (documents: number, lists: readonly (readonly number[])[]): Postings =>
  ({ documents, docs: Int32Array.from(lists.flat()), starts: Uint32Array.from([0, ...lists.map((_, i) => lists.slice(0, i + 1).flat().length)]) }) as unknown as Postings;

test("a frequent term's table gives the posting of each of its documents, and of no other", () => {
  const rng = random("look-up");
  const chosen = (share: number) => Array.from({ length: 1000 }, (_, doc) => doc).filter(() => rng.next() < share);
  const lists = [chosen(0.5), Array.from({ length: 1000 }, (_, doc) => doc), chosen(0.1), [0, 31, 32, 63, 64, 998, 999, ...[]].concat(Array.from({ length: 32 }, (_, i) => 100 + i)).sort((a, b) => a - b)];
  const postings = postingsOf(1000, lists);
  const lookUp = lookUps(postings);
  for (const [term, list] of lists.entries()) {
    const table = lookUp(term)!;
    for (let doc = 0; doc < 1000; doc++) assert.is(postingOf(table, doc), list.includes(doc) ? postings.starts[term]! + list.indexOf(doc) : -1);
  }
});

test("a table is made once, and of frequent terms only", () => {
  const lookUp = lookUps(postingsOf(64, [[5], [5, 63]]));
  assert.is(lookUp(0), undefined);
  assert.is(lookUp(1), lookUp(1));
});

test.run();
