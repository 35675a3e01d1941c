import { CorruptData } from "../../core/errors";
import type { Publication } from "../../core/records";
import { newest, type Version } from "./newest-version";
import { dateText, moreExact, pubmedDate } from "./pubmed-date";
import { children, elements, readXml, textAt, textOf, type XmlElement } from "../files/xml";

/**
 * The records of a PubMed XML document, as efetch and the yearly baseline files give it (PubmedArticleSet, or one
 * PubmedArticle). Books (PubmedBookArticle) are read for their PMID, title, abstract and date.
 *
 * Mark-up in titles and abstracts is dropped, its text kept. The parts of a structured abstract are joined by a space,
 * each with its label: "BACKGROUND: … METHODS: …". Headings read "Heading/qualifier", one for each qualifier, with *
 * before what is a major topic. Authors are "Surname Initials Suffix", as PubMed indexes them. Deleted citations and
 * records without PMID are left out, and of several versions of one PMID all but the newest, of which `warn` is told.
 *
 * Throws CorruptData, naming `source`, for text that is no well-formed XML or whose root is another element.
 */
export function readPubmedXml(
  text: string,
  source = "PubMed XML",
  warn: (text: string) => void = process.emitWarning,
): Publication[] {
  const root = readXml(text, source);
  const records = readers[root.name]
    ? [root]
    : root.children.filter((node): node is XmlElement => node.kind === "element");
  if (!readers[root.name] && !root.name.startsWith("Pubmed"))
    throw new CorruptData(
      source,
      `the root element is <${root.name}>, not <PubmedArticleSet>`,
      "This is another document, or an error page",
    );
  const versions = records.flatMap((record): Version[] =>
    readers[record.name] ? [{ publication: readers[record.name]!(record), version: versionOf(record) }] : [],
  );
  return newest(versions, source, warn);
}

const readers: Readonly<Record<string, (record: XmlElement) => Publication>> = {
  PubmedArticle: article,
  PubmedBookArticle: book,
};

function article(record: XmlElement): Publication {
  const [citation] = children(record, "MedlineCitation");
  const [content] = citation ? children(citation, "Article") : [];
  if (!citation || !content) return { pmid: citation ? textAt(citation, "PMID") : "", ...empty };
  return {
    pmid: textAt(citation, "PMID"),
    title: textAt(content, "ArticleTitle") || textAt(content, "VernacularTitle"),
    abstract: abstractOf(content),
    mesh: elements(citation, "MeshHeadingList", "MeshHeading").flatMap(headings),
    date: dateOf(content),
    ...journalOf(citation, content),
    authors: elements(content, "AuthorList", "Author").map(author).filter(Boolean),
    types: elements(content, "PublicationTypeList", "PublicationType").map(textOf),
    ...keywordsOf(elements(citation, "KeywordList", "Keyword")),
  };
}

const empty = { title: "", abstract: "", mesh: [], date: "", journal: "", authors: [], types: [] } as const;

function book(record: XmlElement): Publication {
  const [document] = children(record, "BookDocument");
  if (!document) return { pmid: "", ...empty };
  return {
    ...empty,
    pmid: textAt(document, "PMID"),
    title: textAt(document, "ArticleTitle") || textAt(document, "Book", "BookTitle"),
    abstract: abstractOf(document),
    date: readDate(elements(document, "Book", "PubDate")[0]),
    journal: textAt(document, "Book", "BookTitle"),
    authors: elements(document, "AuthorList", "Author").map(author).filter(Boolean),
    types: elements(document, "PublicationType").map(textOf),
    ...keywordsOf(elements(document, "KeywordList", "Keyword")),
  };
}

/** The number of a record's version, 1 where none is given: `<PMID Version="2">`. */
function versionOf(record: XmlElement): number {
  const [pmid] = [...elements(record, "MedlineCitation", "PMID"), ...elements(record, "BookDocument", "PMID")];
  return Number(pmid?.attributes["Version"] ?? 1) || 1;
}

const keywordsOf = (keywords: readonly XmlElement[]): Pick<Publication, "keywords"> => {
  const texts = keywords.map(textOf).filter(Boolean);
  return texts.length ? { keywords: texts } : {};
};

function journalOf(citation: XmlElement, content: XmlElement): Pick<Publication, "journal" | "journalNames"> {
  const names = [
    textAt(content, "Journal", "Title"),
    textAt(citation, "MedlineJournalInfo", "MedlineTA"),
    textAt(content, "Journal", "ISOAbbreviation"),
    textAt(content, "Journal", "ISSN"),
    textAt(citation, "MedlineJournalInfo", "ISSNLinking"),
  ];
  const [journal = "", ...others] = new Set(names.filter(Boolean));
  return others.length ? { journal, journalNames: others } : { journal };
}

const abstractOf = (content: XmlElement): string =>
  elements(content, "Abstract", "AbstractText")
    .map((part) => (part.attributes["Label"] ? `${part.attributes["Label"]}: ${textOf(part)}` : textOf(part)))
    .join(" ")
    .trim();

/** `*Heart/physiology` where the descriptor is major, `Heart/*physiology` where the qualifier is. */
function headings(heading: XmlElement): string[] {
  const named = (element: XmlElement): string =>
    (element.attributes["MajorTopicYN"] === "Y" ? "*" : "") + textOf(element);
  const [descriptor] = children(heading, "DescriptorName");
  if (!descriptor) return [];
  const qualifiers = children(heading, "QualifierName");
  return qualifiers.length
    ? qualifiers.map((qualifier) => `${named(descriptor)}/${named(qualifier)}`)
    : [named(descriptor)];
}

const author = (element: XmlElement): string =>
  textAt(element, "LastName")
    ? [
        textAt(element, "LastName"),
        textAt(element, "Initials") || textAt(element, "ForeName") || textAt(element, "FirstName"),
        textAt(element, "Suffix"),
      ]
        .filter(Boolean)
        .join(" ")
    : textAt(element, "CollectiveName");

const dateOf = (content: XmlElement): string =>
  moreExact(
    readDate(elements(content, "Journal", "JournalIssue", "PubDate")[0]),
    readDate(children(content, "ArticleDate")[0]),
  );

/**
 * A date in elements, or in words: "1998 Dec-1999 Jan" in MedlineDate, a month's name or "Jan-Mar" in Month or Season.
 */
function readDate(date: XmlElement | undefined): string {
  if (!date) return "";
  const [year, month, day] = [
    textAt(date, "Year"),
    textAt(date, "Month") || textAt(date, "Season"),
    textAt(date, "Day"),
  ];
  if (!year) return pubmedDate(textAt(date, "MedlineDate"));
  if (!/^\d{4}$/.test(year)) return "";
  return /^\d{1,2}$/.test(month) ? dateText(year, Number(month), Number(day)) : pubmedDate(`${year} ${month} ${day}`);
}
