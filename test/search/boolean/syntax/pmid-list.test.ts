import { test } from "uvu";
import * as assert from "uvu/assert";
import { pmidList } from "../../../../lib/search/boolean/syntax/pmid-list";

const known = new Set(["29161391", "28271409", "7", "2010"]);
const read = (text: string) =>
  pmidList(
    text,
    (id) => known.has(id),
    (word) => word === "2010" || word === "2",
  );

test("numbers alone are PMIDs, in a list of any kind", () => {
  for (const text of [
    "29161391 28271409",
    "29161391, 28271409",
    "29161391,28271409;",
    "29161391\n28271409",
    "PMID: 29161391 PMID: 28271409",
    "PMIDs 29161391, 28271409",
  ])
    assert.equal(read(text), ["29161391", "28271409"], text);
  assert.equal(read("99999999"), ["99999999"]); // unknown, yet nothing else
  assert.equal(read("7"), ["7"]);
});

test("other texts are words: small numbers of no record, years that records write, anything with a letter", () => {
  for (const text of ["2", "2010", "12 34", "type 2", "29161391 aspirin", "0123", "123456789", "2.5", ""])
    assert.is(read(text), undefined, text);
});

test.run();
