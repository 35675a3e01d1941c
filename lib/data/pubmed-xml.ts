import { CorruptData } from "../core/errors";
import type { Publication } from "../core/records";
import { children, elements, readXml, textAt, textOf, type XmlElement } from "./xml";

/**
 * The records of a PubMed XML document, as efetch and the yearly baseline files give it (PubmedArticleSet, or one PubmedArticle).
 * Books (PubmedBookArticle) are read for their PMID, title, abstract and date.
 *
 * Mark-up in titles and abstracts is dropped, its text kept. The parts of a structured abstract are joined by a space, each with its
 * label: "BACKGROUND: … METHODS: …". Headings read "Heading/qualifier", one for each qualifier, with * before what is a major topic.
 * Authors are "Surname Initials", as PubMed indexes them. Deleted citations and records without PMID are left out.
 *
 * Throws CorruptData, naming `source`, for text that is no well-formed XML or whose root is another element.
 */
export function readPubmedXml(text: string, source = "PubMed XML"): Publication[] {
  const root = readXml(text, source);
  const records = readers[root.name] ? [root] : root.children.filter((node): node is XmlElement => node.kind === "element");
  if (!readers[root.name] && !root.name.startsWith("Pubmed")) throw new CorruptData(source, `the root element is <${root.name}>, not <PubmedArticleSet>`, "This is another document, or an error page");
  return records.flatMap((record) => readers[record.name]?.(record) ?? []).filter(({ pmid }) => pmid);
}

const readers: Readonly<Record<string, (record: XmlElement) => Publication>> = { PubmedArticle: article, PubmedBookArticle: book };

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
    journal: textAt(content, "Journal", "Title") || textAt(citation, "MedlineJournalInfo", "MedlineTA"),
    authors: elements(content, "AuthorList", "Author").map(author).filter(Boolean),
    types: elements(content, "PublicationTypeList", "PublicationType").map(textOf),
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
  };
}

const abstractOf = (content: XmlElement): string =>
  elements(content, "Abstract", "AbstractText")
    .map((part) => (part.attributes["Label"] ? `${part.attributes["Label"]}: ${textOf(part)}` : textOf(part)))
    .join(" ")
    .trim();

/** `*Heart/physiology` where the descriptor is major, `Heart/*physiology` where the qualifier is. */
function headings(heading: XmlElement): string[] {
  const named = (element: XmlElement): string => (element.attributes["MajorTopicYN"] === "Y" ? "*" : "") + textOf(element);
  const [descriptor] = children(heading, "DescriptorName");
  if (!descriptor) return [];
  const qualifiers = children(heading, "QualifierName");
  return qualifiers.length ? qualifiers.map((qualifier) => `${named(descriptor)}/${named(qualifier)}`) : [named(descriptor)];
}

const author = (element: XmlElement): string =>
  textAt(element, "LastName") ? `${textAt(element, "LastName")} ${textAt(element, "Initials") || textAt(element, "FirstName")}`.trim() : textAt(element, "CollectiveName");

/** The date of the issue; where that says only a year or a season, the electronic publication of the same year is more exact. */
function dateOf(content: XmlElement): string {
  const issue = readDate(elements(content, "Journal", "JournalIssue", "PubDate")[0]);
  const electronic = readDate(children(content, "ArticleDate")[0]);
  return electronic.startsWith(issue) ? electronic : issue;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** "YYYY/MM/DD", or as much of it as is known. A MedlineDate such as "1998 Dec-1999 Jan" counts as its beginning; a season as its year. */
function readDate(date: XmlElement | undefined): string {
  if (!date) return "";
  const [, freeYear, freeMonth] = /\b(\d{4})(?:\s+([A-Z][a-z]{2}))?/.exec(textAt(date, "MedlineDate")) ?? [];
  const year = textAt(date, "Year") || freeYear || "";
  if (!/^\d{4}$/.test(year)) return "";
  const written = (textAt(date, "Month") || freeMonth || "").toLowerCase();
  const month = /^\d{1,2}$/.test(written) ? Number(written) : months.indexOf(written.slice(0, 3)) + 1;
  if (month < 1 || month > 12) return year;
  const day = Number(textAt(date, "Day"));
  const two = (number: number): string => String(number).padStart(2, "0");
  return day >= 1 && day <= 31 ? `${year}/${two(month)}/${two(day)}` : `${year}/${two(month)}`;
}
