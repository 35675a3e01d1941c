import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readBibliography } from "../../../lib/data/bibliography/bibliography";
import { readMedline } from "../../../lib/data/bibliography/medline";
import { maxDateOf, pubmedDate } from "../../../lib/data/bibliography/pubmed-date";
import { readPubmedXml } from "../../../lib/data/bibliography/pubmed-xml";
import { sharedFile, temporaryFolder } from "../../fixtures";

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
    {
      pmid: "11",
      title: "A title that goes on.",
      abstract: "BACKGROUND: One. METHODS: Two.",
      mesh: ["*Heart/drug effects", "*Heart/*physiology", "Humans"],
      date: "2015/08/15",
      journal: "Cancer",
      authors: ["Pollack CE", "Soulos PR"],
      types: ["Journal Article"],
    },
    { pmid: "12", title: "Second", abstract: "", mesh: [], date: "2001/01", journal: "", authors: [], types: [] },
  ]);
});

test("the form is told by the content, gzipped or not, whatever the name", async () => {
  const pmids = async (path: string) => (await readBibliography(path)).map(({ pmid }) => pmid);
  assert.equal(await pmids(file("a.gz", gzipSync(medline))), ["11", "12"]);
  assert.equal(await pmids(file("b.txt", '{"pmid": "1"}\n')), ["1"]);
  assert.equal(
    await pmids(
      file(
        "c.txt",
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>5</PMID><Article><ArticleTitle>t</ArticleTitle>" +
          "</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
      ),
    ),
    ["5"],
  );
});

test("a file that is none of them is told as such", async () => {
  await readBibliography(file("d.txt", "hello")).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.name, "CorruptData"),
  );
});

const written: readonly (readonly [text: string, date: string])[] = [
  ["2015 Aug 15", "2015/08/15"],
  ["2019 Jan-Feb", "2019/01"],
  ["1998", "1998"],
  ["2004 Dec 1-7", "2004/12/01"],
  ["", ""],
  ["in press", ""],
  ["2001 Winter", "2001/01"],
  ["2001 Spring", "2001/04"],
  ["2001 Summer", "2001/07"],
  ["2001 Fall", "2001/10"],
  ["2001 Autumn", "2001/10"],
  ["Summer 2017", "2017/07"],
  ["Winter-Spring 2017", "2017/01"],
  ["2014 Winter-Spring", "2014/01"],
  ["1999-2000 Winter", "1999/01"],
  ["Fall-Winter 1999-2000", "1999/10"],
  ["1998 Dec-1999 Jan", "1998/12"],
  ["Dec 1998-Jan 1999", "1998/12"],
  ["1999 Dec 27-2000 Jan 3", "1999/12/27"],
  ["2000 Jan 30-Feb 5", "2000/01/30"],
  ["2015-2016", "2015"],
  ["1978-79", "1978"],
  ["1978 3d Quarter", "1978"],
  ["Aug 15, 2015", "2015/08/15"],
  ["15 August 2015", "2015/08/15"],
  ["Sept 2003", "2003/09"],
  ["2001 Christmas", "2001"],
  ["2015/08/15", "2015/08/15"],
  ["2015-08-15", "2015/08/15"],
  ["2015 Feb 30-31", "2015/02/30"],
  ["2015 Aug 99", "2015/08"],
];

test("dates in words keep what is known; a range its beginning, a season the month that PubMed sets", () => {
  for (const [text, date] of written) assert.is(pubmedDate(text), date, text);
});

test("XML and nbib agree on every date in words", () => {
  for (const [text, date] of written.filter(([text]) => /[a-z]/i.test(text) || /^\d{4}-/.test(text))) {
    if (text === "2015-08-15") continue; // no form of MEDLINE
    const [fromXml] = readPubmedXml(
      "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Journal><JournalIssue>" +
        `<PubDate><MedlineDate>${text}</MedlineDate></PubDate>` +
        "</JournalIssue></Journal></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
    );
    const [fromText] = readMedline(`PMID- 1\nDP  - ${text}\n`);
    assert.equal([fromXml!.date, fromText!.date], [date, date], text);
  }
});

test("a year alone gives way to the electronic publication of that year, in both forms", () => {
  const date = (issue: string, electronic: string) =>
    readMedline(`PMID- 1\nDP  - ${issue}\nDEP - ${electronic}\n`)[0]!.date;
  assert.equal(
    [date("2016", "20160513"), date("2017", "20160513"), date("2016 May", "20160513"), date("", "20160513")],
    ["2016/05/13", "2017", "2016/05/13", "2016/05/13"],
  );
});

test("a field goes on behind an empty line, and a record behind one too", () => {
  const [record, ...others] = readMedline(
    "PMID- 1\nAB  - One.\n\n      Two.\n\n\t\n      Three.\n\nTI  - A\n  \n      title\nOT  - *key\nOT  - " +
      "words\nPT  - Review\n",
  );
  assert.equal(others, []);
  assert.equal(
    [record!.abstract, record!.title, record!.keywords, record!.types],
    ["One. Two. Three.", "A title", ["key", "words"], ["Review"]],
  );
});

test("of versions of one PMID the newest is kept, in the first one's place, and told", () => {
  const told: string[] = [];
  const tell = (text: string) => void told.push(text);
  const article = (version: number, title: string, pmid = "9") =>
    `<PubmedArticle><MedlineCitation><PMID Version="${version}">${pmid}</PMID>` +
    `<Article><ArticleTitle>${title}</ArticleTitle></Article></MedlineCitation></PubmedArticle>`;
  const records = readPubmedXml(
    `<PubmedArticleSet>${article(2, "second")}${article(1, "other", "8")}` +
      `${article(3, "third")}${article(1, "first")}</PubmedArticleSet>`,
    "file.xml",
    tell,
  );
  assert.equal(
    records.map(({ pmid, title }) => `${pmid} ${title}`),
    ["9 third", "8 other"],
  );
  const again = readMedline(
    "PMID- 9\nTI  - new\nLR  - 20200101\n\nPMID- 9\nTI  - old\nLR  - 20100101\n\nPMID- 8\nTI  - once\n",
    "file.nbib",
    tell,
  );
  assert.equal(
    again.map(({ pmid, title }) => `${pmid} ${title}`),
    ["9 new", "8 once"],
  );
  assert.equal(told, [
    "file.xml: 2 older versions of 1 PMID were left out, the newest kept: 9",
    "file.nbib: 1 older version of 1 PMID was left out, the newest kept: 9",
  ]);
});

test("a search is limited to the first day of what is known, and to nothing invented", () => {
  assert.equal(["2015 Aug 15", "2019 Jan-Feb", "1998", "2001 Winter", "Summer 2017", ""].map(maxDateOf), [
    "2015/08/15",
    "2019/01/01",
    "1998/01/01",
    undefined,
    undefined,
    undefined,
  ]);
});

const narchd = sharedFile("data/eutils/narchd-medline-text/pubmed_result.txt.gz");
if (narchd) {
  test("PubMed's own export of 473 records reads whole", async () => {
    const records = await readBibliography(narchd);
    assert.is(records.length, 473);
    assert.is(records.filter(({ title, date }) => title && date).length, 473);
    assert.ok(records.filter(({ abstract }) => abstract).length > 400);
    assert.ok(records.some(({ authors }) => authors.includes("Campion TR Jr")));
    assert.ok(records.filter(({ keywords }) => keywords?.length).length > 20);
  });
}

test.run();
