import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPublications, readTopics } from "../../../lib/data/bibliography/publications";

const folder = mkdtempSync(join(tmpdir(), "publications-"));
test.after(() => rmSync(folder, { recursive: true }));

const file = (...rows: readonly object[]): string => {
  const path = join(folder, "rows.jsonl");
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
};
const fails = async (read: Promise<unknown>, message: RegExp) => {
  try {
    await read;
  } catch (error) {
    assert.is((error as Error).name, "CorruptData");
    return assert.match((error as Error).message, message);
  }
  assert.unreachable("read a broken file");
};
const blank = { title: "", abstract: "", mesh: [], date: "", journal: "", authors: [], types: [] };

test("a record as the corpus writes it becomes a publication", async () => {
  const row = {
    id: "x",
    pmid: "10",
    title: "T",
    abstract: "A",
    mesh: ["*Heart/surgery"],
    date: "2004-08-01",
    year: 2004,
    journal: "J",
    authors: ["Kon E"],
    pubtypes: ["Review"],
    doi: "10.1/x",
  };
  assert.equal(await readPublications(file(row)), [
    {
      pmid: "10",
      title: "T",
      abstract: "A",
      mesh: ["*Heart/surgery"],
      date: "2004/08/01",
      journal: "J",
      authors: ["Kon E"],
      types: ["Review"],
    },
  ]);
});

test("what is missing or null is empty; without PMID the id serves", async () => {
  assert.equal(
    await readPublications(file({ id: "oa:W1" }, { pmid: null, id: "b", title: null, mesh: null, year: 1999 })),
    [
      { pmid: "oa:W1", ...blank },
      { pmid: "b", ...blank, date: "1999" },
    ],
  );
});

test("as much of a date as makes sense is kept", async () => {
  const dates = [
    "2004-08-01",
    "2004/8/1",
    "2004-08",
    "2004",
    "2004-2005",
    "2004-08-99",
    "2004-13-01",
    "Winter 2004",
    "2004 Aug 15",
    "Jul-Aug 2004",
    "in press",
  ];
  const read = await readPublications(file(...dates.map((date, i) => ({ id: String(i), date, year: 1990 }))));
  assert.equal(
    read.map(({ date }) => date),
    [
      "2004/08/01",
      "2004/08/01",
      "2004/08",
      "2004",
      "2004",
      "2004/08",
      "2004",
      "2004/01",
      "2004/08/15",
      "2004/07",
      "1990",
    ],
  );
});

test("keywords and further names of a journal are kept where a row has them", async () => {
  const [record, other] = await readPublications(
    file(
      { pmid: "1", keywords: ["a b", "c"], journal: "Heart", journal_abbreviation: "Heart", issn: "1355-6037" },
      { pmid: "2", keywords: "a; b", issn: ["1", "2"] },
    ),
  );
  assert.equal(
    [record!.keywords, record!.journalNames, other!.keywords, other!.journalNames],
    [
      ["a b", "c"],
      ["Heart", "1355-6037"],
      ["a", "b"],
      ["1", "2"],
    ],
  );
});

test(
  "two records with one identifier, a record without any, and a field of the wrong type are named with their " + "line",
  async () => {
    await fails(
      readPublications(file({ pmid: "1" }, { id: "2" }, { pmid: "1" })),
      /rows\.jsonl:3: the identifier "1" is also on line 1\. Remove one/,
    );
    await fails(readPublications(file({ title: "T" })), /rows\.jsonl:1: the record has neither pmid nor id/);
    await fails(
      readPublications(file({ id: "1" }, { id: "2", title: ["T"] })),
      /rows\.jsonl:2: title is \["T"\], not text/,
    );
    await fails(
      readPublications(file({ id: "1", mesh: "Heart" })),
      /rows\.jsonl:1: mesh is "Heart", not a list of texts/,
    );
  },
);

test("topics have an id, a title and perhaps a date", async () => {
  const topics = await readTopics(
    file({ topic: "A", title: "first", review_date: "2004-08-01", n_included: 9 }, { id: "B", title: "second" }),
  );
  assert.equal(topics, [
    { id: "A", title: "first", date: "2004/08/01" },
    { id: "B", title: "second" },
  ]);
});

test("a topic without title and a topic twice are named with their line", async () => {
  await fails(readTopics(file({ topic: "A" })), /rows\.jsonl:1: the topic has no title/);
  await fails(
    readTopics(file({ topic: "A", title: "x" }, { topic: "A", title: "y" })),
    /rows\.jsonl:2: the topic "A" is there twice/,
  );
});

test.run();
