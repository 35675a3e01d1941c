import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "../../../../lib/search/boolean/syntax/parser";
import { readQuery } from "../../../../lib/search/boolean/history/search-lines";
import { literature } from "../../../../lib/search/literature";

const publication = (pmid: number, title: string, mesh: readonly string[] = [], date = "2010") => ({
  pmid: String(pmid),
  title,
  abstract: "",
  mesh,
  date,
  journal: "",
  authors: [],
  types: [],
});
const engine = literature([
  publication(1, "aspirin for pain", ["Humans"]),
  publication(2, "aspirin for rats", [], "2011"),
  publication(3, "ibuprofen for pain", ["Humans"], "1999"),
  publication(4, "knee of pain, long since operated"),
]);
const found = async (query: string) => (await engine.search(query, 10)).hits.map(({ docId }) => docId).sort();

test("the last line of a history is the query, and lines join earlier ones by number", async () => {
  assert.equal(await found("aspirin.tw.\nibuprofen.tw.\nor/1-2\npain.ti.\n3 and 4"), ["1", "3"]);
  assert.equal(await found("aspirin[tiab]\nibuprofen[tiab]\n#1 OR #2\npain[tiab]\n#3 AND #4"), ["1", "3"]);
  assert.equal(await found("aspirin.tw.\npain.tw.\n1 not 2"), ["2"]);
  assert.equal(await found("aspirin.tw.\nibuprofen.tw.\npain.tw.\n(1 or 2) and 3"), ["1", "3"]);
  assert.equal(await found("aspirin.tw.\nand/1,1"), ["1", "2"]);
});

test("a remark in brackets behind the last set number is none of the line", async () => {
  assert.equal(await found("aspirin.tw.\npain.tw.\n1 and 2 [Block A AND Block B]"), ["1"]);
  assert.equal(await found("aspirin.tw.\nibuprofen.tw.\nor/1-2 [either]\npain.tw.\n(3) and 4 [Block C]"), ["1", "3"]);
  assert.equal(await found("aspirin[tiab]\n#1 AND 2010[Date - Publication]"), ["1"]); // a field is no remark
});

test("limits of date and species are applied, others left out with a warning", async () => {
  assert.equal(await found('pain.tw.\nlimit 1 to yr="2005 -Current"'), ["1", "4"]);
  assert.equal(await found("pain.tw.\nlimit 1 to ed=19460101-20001231"), ["3"]);
  assert.equal(await found("aspirin.tw.\nlimit 1 to humans"), ["1"]);
  assert.match(
    (await engine.search("aspirin.tw.\nlimit 1 to english language", 9)).warnings.join(),
    "limit left out: english language",
  );
});

test("proximity holds inside one field, in any order", async () => {
  assert.equal(await found("(pain adj3 knee).tw."), ["4"]);
  assert.equal(await found("(operated adj2 knee).tw."), []);
});

test("a history that doubles itself line by line is read; lines that do not exist are told", async () => {
  const doubling = [
    "aspirin.tw.",
    ...Array.from({ length: 60 }, (_, i) => `${i + 1} or ${i + 1}`),
    "61 and rats.ti.",
  ].join("\n"); // 2^60 terms if it were written out
  assert.equal(await found(doubling), ["2"]);
  assert.ok(engine.translation(doubling).length < 1.1e6);
  assert.match(
    readQuery("aspirin.tw.\n1 and 7", "detect").warnings.join(),
    "line 2 names line 7, which does not stand before it",
  );
});

test("a strict engine reads every query as PubMed does, and a plain query is read alike in both", () => {
  assert.equal(readQuery("aspirin.tw.", "pubmed"), parse("aspirin.tw."));
  for (const query of ["aspirin AND (pain OR ache)", "heart attack", "(a[tiab]\nOR b[tiab])\nAND c", "1 AND 2"])
    assert.equal(readQuery(query, "detect"), parse(query));
});

test("PubMed's operators have no precedence, Ovid's have", async () => {
  assert.equal(await found("ibuprofen[ti] OR aspirin[ti] AND rats[ti]"), ["2"]); // (ibuprofen OR aspirin) AND rats
  assert.equal(await found("ibuprofen.ti. or aspirin.ti. and rats.ti."), ["2", "3"]); // ibuprofen or (aspirin and rats)
});

test.run();
