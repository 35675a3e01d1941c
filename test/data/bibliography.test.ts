import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readBibliography } from "../../lib/data/bibliography";
import { maxDateOf, pubmedDate } from "../../lib/data/pubmed-date";
import { sharedFile, temporaryFolder } from "../fixtures";

const folder = temporaryFolder();
const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const medline = `
PMID- 11
DP  - 2015 Aug 15
TI  - A title that goes
      on.
AB  - BACKGROUND: One.
      METHODS: Two.
FAU - Pollack, Craig Evan
AU  - Pollack CE
AU  - Soulos PR
MH  - *Heart/drug effects/*physiology
MH  - Humans
PT  - Journal Article
JT  - Cancer

PMID- 12
TI  - Second
DP  - 2001 Winter
`;

test("MEDLINE text: continued lines are joined, each qualifier is a heading of its own", async () => {
  assert.equal(await readBibliography(file("a.txt", medline)), [
    { pmid: "11", title: "A title that goes on.", abstract: "BACKGROUND: One. METHODS: Two.", mesh: ["*Heart/drug effects", "*Heart/*physiology", "Humans"], date: "2015/08/15", journal: "Cancer", authors: ["Pollack CE", "Soulos PR"], types: ["Journal Article"] },
    { pmid: "12", title: "Second", abstract: "", mesh: [], date: "2001", journal: "", authors: [], types: [] },
  ]);
});

test("the form is told by the content, gzipped or not, whatever the name", async () => {
  const pmids = async (path: string) => (await readBibliography(path)).map(({ pmid }) => pmid);
  assert.equal(await pmids(file("a.gz", gzipSync(medline))), ["11", "12"]);
  assert.equal(await pmids(file("b.txt", '{"pmid": "1"}\n')), ["1"]);
  assert.equal(await pmids(file("c.txt", "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>5</PMID><Article><ArticleTitle>t</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>")), ["5"]);
});

test("a file that is none of them is told as such", async () => {
  await readBibliography(file("d.txt", "hello")).then(() => assert.unreachable(), (error: Error) => assert.is(error.name, "CorruptData"));
});

test("dates in words keep what is known", () => {
  assert.equal(["2015 Aug 15", "2019 Jan-Feb", "2001 Winter", "1998", "2004 Dec 1-7", "", "in press"].map(pubmedDate), ["2015/08/15", "2019/01", "2001", "1998", "2004/12/01", "", ""]);
});

test("a search is limited to the first day of what is known, and to nothing invented", () => {
  assert.equal(["2015 Aug 15", "2019 Jan-Feb", "1998", "2001 Winter", ""].map(maxDateOf), ["2015/08/15", "2019/01/01", "1998/01/01", undefined, undefined]);
});

const narchd = sharedFile("data/eutils/narchd-medline-text/pubmed_result.txt.gz");
if (narchd) {
  test("PubMed's own export of 473 records reads whole", async () => {
    const records = await readBibliography(narchd);
    assert.is(records.length, 473);
    assert.is(records.filter(({ title, date }) => title && date).length, 473);
    assert.ok(records.filter(({ abstract }) => abstract).length > 400);
  });
}

test.run();
