import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { lookUps, postingOf } from "../../../../lib/search/bm25/searching/look-up";
import type { List } from "../../../../lib/search/bm25/postings/list";

/** Lists of documents one after the other in an array, as far as looking up needs them. */
function listsOf(documents: readonly (readonly number[])[]): List[] {
  const docs = Int32Array.from(documents.flat());
  return documents.map((_list, term) => ({
    term,
    docs,
    start: documents.slice(0, term).flat().length,
    end: documents.slice(0, term + 1).flat().length,
  })) as unknown as List[];
}

test("a frequent term's table gives the posting of each of its documents, and of no other", () => {
  const rng = random("look-up");
  const chosen = (share: number) => Array.from({ length: 1000 }, (_, doc) => doc).filter(() => rng.next() < share);
  const chosenLists = [
    chosen(0.5),
    Array.from({ length: 1000 }, (_, doc) => doc),
    chosen(0.1),
    [0, 31, 32, 63, 64, ...Array.from({ length: 32 }, (_, i) => 100 + i), 998, 999],
  ];
  const lookUp = lookUps(1000);
  for (const list of listsOf(chosenLists)) {
    const table = lookUp(list)!;
    const own = chosenLists[list.term]!;
    for (let doc = 0; doc < 1000; doc++)
      assert.is(postingOf(table, doc), own.includes(doc) ? list.start + own.indexOf(doc) : -1);
  }
});

test("a table is made once, and of frequent terms only", () => {
  const lookUp = lookUps(64);
  const [rare, frequent] = listsOf([[5], [5, 63]]) as [List, List];
  assert.is(lookUp(rare), undefined);
  assert.is(lookUp(frequent), lookUp(frequent));
});

test.run();
