import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Publication } from "../../../../lib/core/records";
import { nameStretch, nameTables } from "../../../../lib/search/boolean/postings/name-tables";

const blank: Publication = {
  pmid: "",
  title: "",
  abstract: "",
  mesh: [],
  date: "",
  journal: "",
  authors: [],
  types: [],
};

test("the first and the last author of a record have tables of their own, by the keys that all authors have", () => {
  const tables = nameTables([{ ...blank, authors: ["Kon E", "Wu L"] }, { ...blank, authors: ["Wu L"] }, blank]);
  const records = (table: "author" | "firstAuthor" | "lastAuthor", key: string) => [
    ...(nameStretch(tables[table], key) ?? []),
  ];
  assert.equal(
    [records("author", "wu l"), records("firstAuthor", "wu l"), records("lastAuthor", "wu l")],
    [[0, 1], [1], [0, 1]],
  );
  assert.equal([records("firstAuthor", "kon e"), records("lastAuthor", "kon e")], [[0], []]);
});

test("a journal is listed by each of its names, a heading with each of its qualifiers", () => {
  const tables = nameTables([
    {
      ...blank,
      journal: "The Lancet (London, England)",
      journalNames: ["Lancet", "0140-6736"],
      mesh: ["Heart/drug effects/*PH"],
    },
  ]);
  for (const key of ["lancet london england", "lancet", "0140 6736"])
    assert.equal([...nameStretch(tables.journal, key)!], [0], key);
  for (const key of ["heart", "heart / drug effects", "heart / physiology"])
    assert.equal([...nameStretch(tables.mesh, key)!], [0], key);
  assert.is(nameStretch(tables.major, "heart / drug effects"), undefined);
  assert.equal([...nameStretch(tables.subheading, "physiology")!], [0]);
});

test.run();
