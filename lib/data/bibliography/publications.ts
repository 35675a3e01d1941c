import { CorruptData } from "../../core/errors";
import type { Publication } from "../../core/records";
import { writeJson } from "../../core/json";
import { readJsonl, type TableRow } from "../files/jsonl";
import { dateText, pubmedDate } from "./pubmed-date";

/**
 * Bibliographic records from a JSON-lines file, plain or gzipped:
 * {"id", "pmid", "title", "abstract", "mesh": [], "date": "2004-08-01", "year": 2004, "journal", "authors": [],
 * "pubtypes": [], "keywords": [], "journal_abbreviation", "issn"}.
 *
 * Only an identifier is required: pmid, or else id. Every other field may be missing or null and is then empty. Without
 * a date the year is used. Throws CorruptData with file:line for a line that is no JSON, a field of the wrong type, a
 * record without identifier, and an identifier that another line has: two records with one name cannot be told apart in
 * judgments.
 */
export async function readPublications(
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Publication[]> {
  const publications: Publication[] = [];
  const lines = new Map<string, number>();
  for await (const row of readJsonl(file, signal ? { signal } : {})) {
    const publication = publicationOf(file, row);
    const earlier = lines.get(publication.pmid);
    if (earlier !== undefined)
      throw new CorruptData(
        `${file}:${row.line}`,
        `the identifier "${publication.pmid}" is also on line ${earlier}`,
        "Remove one of the two records",
      );
    lines.set(publication.pmid, row.line);
    publications.push(publication);
  }
  return publications;
}

function publicationOf(file: string, row: TableRow): Publication {
  const read = reader(file, row);
  const pmid = read.text("pmid") || read.text("id");
  if (!pmid)
    throw new CorruptData(
      `${file}:${row.line}`,
      "the record has neither pmid nor id",
      'Give it one, like {"id": "smith-2004"}',
    );
  const keywords = read
    .listed("keywords")
    .flatMap((text) => text.split(";"))
    .map((text) => text.trim())
    .filter(Boolean);
  const journalNames = [read.text("journal_abbreviation"), ...read.listed("issn")].filter(Boolean);
  return {
    pmid,
    title: read.text("title"),
    abstract: read.text("abstract"),
    mesh: read.texts("mesh"),
    date: dateOf(read.text("date")) || dateOf(read.text("year")),
    journal: read.text("journal"),
    authors: read.texts("authors"),
    types: read.texts("pubtypes", "types"),
    ...(keywords.length ? { keywords } : {}),
    ...(journalNames.length ? { journalNames } : {}),
  };
}

/** A question of a test collection. */
export interface Topic {
  readonly id: string; // as in the judgments
  readonly title: string;
  readonly date?: string; // "YYYY/MM/DD": when the review was published
}

/**
 * Topics from a JSON-lines file: {"topic": "Chou_2004", "title": "…", "date": "2004-08-01"}; `id` may stand for
 * `topic`, and `review_date` for `date`. Throws CorruptData with file:line where topic or title is missing or a topic
 * comes twice.
 */
export async function readTopics(
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Topic[]> {
  const topics = new Map<string, Topic>();
  for await (const row of readJsonl(file, signal ? { signal } : {})) {
    const read = reader(file, row);
    const [id, title] = [read.text("topic") || read.text("id"), read.text("title")];
    const missing = !id ? "topic" : !title ? "title" : undefined;
    if (missing)
      throw new CorruptData(
        `${file}:${row.line}`,
        `the topic has no ${missing}`,
        'A line reads {"topic": "Chou_2004", "title": "what was asked"}',
      );
    if (topics.has(id))
      throw new CorruptData(`${file}:${row.line}`, `the topic "${id}" is there twice`, "Remove one of the two lines");
    const date = dateOf(read.text("date") || read.text("review_date"));
    topics.set(id, { id, title, ...(date ? { date } : {}) });
  }
  return [...topics.values()];
}

/** Reads fields of one row; null and absent are empty, another type than text or number is an error. */
function reader(file: string, { line, value }: TableRow) {
  const text = (name: string): string => {
    const field = value[name] ?? "";
    if (typeof field === "string") return field;
    if (typeof field === "number" || typeof field === "bigint") return String(field);
    throw new CorruptData(
      `${file}:${line}`,
      `${name} is ${writeJson(field).slice(0, 60)}, not text`,
      `Write ${name} as a JSON string`,
    );
  };
  const texts = (...names: readonly string[]): readonly string[] => {
    const name = names.find((each) => value[each] !== undefined && value[each] !== null);
    const field = name === undefined ? [] : value[name];
    if (Array.isArray(field) && field.every((each) => typeof each === "string")) return field as string[];
    throw new CorruptData(
      `${file}:${line}`,
      `${name} is ${JSON.stringify(field).slice(0, 60)}, not a list of texts`,
      `Write ${name} as a JSON array of strings`,
    );
  };
  /** One text, or a list of them. */
  const listed = (name: string): readonly string[] => (Array.isArray(value[name]) ? texts(name) : [text(name)]);
  return { text, texts, listed };
}

/**
 * "2004-08-01", "2004-8", 2004 and "Aug 2004" to "2004/08/01", "2004/08", "2004" and "2004/08"; as much of a date as
 * makes sense, "" for none.
 */
function dateOf(text: string): string {
  const [, year, month, day] = /^\s*(\d{4})(?:[-/](\d{1,2})(?!\d))?(?:[-/](\d{1,2})(?!\d))?/.exec(text) ?? [];
  if (!year || (!month && /\p{L}{3}/u.test(text))) return pubmedDate(text);
  return dateText(year, Number(month ?? 0), Number(day ?? 0));
}
