import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPubmedXml } from "../../../lib/data/bibliography/pubmed-xml";
import { sharedFile } from "../../fixtures";

const citation = (article: string, more = "") =>
  "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID " +
  `Version="1">7</PMID><Article>${article}</Article>${more}</MedlineCitation></PubmedArticle></PubmedArticleSet>`;
const dated = (issue: string, electronic = "") =>
  readPubmedXml(
    citation(
      `<Journal><JournalIssue><PubDate>${issue}</PubDate></JournalIssue></Journal>` +
        (electronic && `<ArticleDate>${electronic}</ArticleDate>`),
    ),
  )[0]!.date;

test("a record has its title without mark-up, its abstract with labels, its headings with qualifiers", () => {
  const [record] = readPubmedXml(
    citation(
      `<Journal><Title>Heart</Title></Journal><ArticleTitle>Effect of <i>n</i>-3 acids.</ArticleTitle>
     <Abstract><AbstractText Label="AIM">To <b>see</b>.</AbstractText><AbstractText>Seen.</AbstractText></Abstract>
     <AuthorList><Author><LastName>Kon</LastName><ForeName>Elizaveta</ForeName><Initials>E</Initials></Author>
     <Author><CollectiveName>The Group</CollectiveName></Author></AuthorList>
     <PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>`,
      `<MeshHeadingList><MeshHeading><DescriptorName MajorTopicYN="N">Heart</DescriptorName>
     <QualifierName MajorTopicYN="Y">physiology</QualifierName>
     <QualifierName MajorTopicYN="N">injuries</QualifierName></MeshHeading>
     <MeshHeading><DescriptorName MajorTopicYN="Y">Humans</DescriptorName></MeshHeading></MeshHeadingList>`,
    ),
  );
  assert.equal(record, {
    pmid: "7",
    title: "Effect of n-3 acids.",
    abstract: "AIM: To see. Seen.",
    mesh: ["Heart/*physiology", "Heart/injuries", "*Humans"],
    date: "",
    journal: "Heart",
    authors: ["Kon E", "The Group"],
    types: ["Journal Article"],
  });
});

test("keywords, every name of the journal, and a suffix behind the initials", () => {
  const [record] = readPubmedXml(
    citation(
      `<Journal><ISSN IssnType="Electronic">1533-4406</ISSN><Title>The New England journal of medicine</Title>
     <ISOAbbreviation>N Engl J Med</ISOAbbreviation></Journal><ArticleTitle>T</ArticleTitle>
     <AuthorList><Author><LastName>Vollmer</LastName><ForeName>Charles M</ForeName><Initials>CM</Initials>
     <Suffix>Jr</Suffix></Author></AuthorList>`,
      `<MedlineJournalInfo><MedlineTA>N Engl J Med</MedlineTA><ISSNLinking>0028-4793</ISSNLinking></MedlineJournalInfo>
     <KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">heart <i>attack</i></Keyword>
     <Keyword MajorTopicYN="Y">aspirin</Keyword></KeywordList>`,
    ),
  );
  assert.equal(record!.keywords, ["heart attack", "aspirin"]);
  assert.equal(
    [record!.journal, record!.journalNames],
    ["The New England journal of medicine", ["N Engl J Med", "1533-4406", "0028-4793"]],
  );
  assert.equal(record!.authors, ["Vollmer CM Jr"]);
});

test("dates are read in all of PubMed's forms", () => {
  assert.is(dated("<Year>2001</Year><Month>Jun</Month><Day>4</Day>"), "2001/06/04");
  assert.is(dated("<Year>2001</Year><Month>6</Month>"), "2001/06");
  assert.is(dated("<Year>2001</Year><Season>Spring</Season>"), "2001/04"); // as PubMed's User Guide sets it
  assert.is(dated("<Year>2001</Year><Season>Jan-Mar</Season>"), "2001/01");
  assert.is(dated("<Year>2001</Year><Month>Jul-Aug</Month>"), "2001/07");
  assert.is(dated("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>"), "1998/12");
  assert.is(dated("<MedlineDate>Spring 1998</MedlineDate>"), "1998/04");
  assert.is(dated("<Year>2016</Year>", "<Year>2016</Year><Month>05</Month><Day>13</Day>"), "2016/05/13");
  // published in print the year after
  assert.is(dated("<Year>2017</Year>", "<Year>2016</Year><Month>05</Month><Day>13</Day>"), "2017");
});

test("an empty set has no records; an error page, another document and a cut one are errors", () => {
  assert.equal(readPubmedXml("<PubmedArticleSet></PubmedArticleSet>"), []);
  for (const text of [
    "<html><body/></html>",
    "<eFetchResult><ERROR>no</ERROR></eFetchResult>",
    citation("").slice(0, -10),
  ]) {
    assert.throws(
      () => readPubmedXml(text),
      (error: Error) => error.name === "CorruptData",
      text,
    );
  }
});

test("93 records as efetch gave them are all read, with dates and headings", () => {
  const file = sharedFile("data/eutils/pubMR/pubmed_result.xml.gz");
  if (!file) return;
  const records = readPubmedXml(gunzipSync(readFileSync(file)).toString(), file);
  assert.is(records.length, 93);
  for (const { pmid, title, date } of records) assert.ok(/^\d+$/.test(pmid) && title && /^\d{4}/.test(date), pmid);
  assert.is(records[0]!.date, "2019/01/15");
});

test.run();
