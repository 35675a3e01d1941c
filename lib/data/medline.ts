import type { Publication } from "../core/records";
import { CorruptData } from "../core/errors";
import { pubmedDate } from "./pubmed-date";

/**
 * The records of a file in MEDLINE (nbib) format, as PubMed's "Save, PubMed format" writes it: a tag of up to four letters,
 * "- ", a value that may continue on indented lines; a blank line or a new PMID between records.
 * Records without PMID are left out. Throws CorruptData, naming `source`, for a text without any.
 */
export function readMedline(text: string, source = "MEDLINE text"): Publication[] {
  const records: Map<string, string[]>[] = [];
  let current: string[] | undefined;
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    const [, tag, value] = /^([A-Z]{2,4}) *- (.*)$/.exec(line) ?? [];
    if (tag === "PMID") records.push(new Map());
    if (tag !== undefined && records.length) {
      const record = records.at(-1)!;
      current = record.get(tag) ?? [];
      record.set(tag, current);
      current.push(value!.trim());
    } else if (/^\s{2,}\S/.test(line) && current) current.push(`${current.pop()!} ${line.trim()}`);
    else current = undefined;
  }
  if (!records.length) throw new CorruptData(source, "there is no line with a PMID in it", 'A record of this format begins "PMID- 25903304"');
  return records.map(publication).filter(({ pmid }) => pmid);
}

function publication(record: ReadonlyMap<string, readonly string[]>): Publication {
  const all = (tag: string): readonly string[] => record.get(tag) ?? [];
  const one = (tag: string): string => all(tag)[0] ?? "";
  return {
    pmid: one("PMID"),
    title: one("TI") || one("BTI") || one("TT"),
    abstract: one("AB"),
    mesh: all("MH").flatMap(heading),
    date: pubmedDate(one("DP")),
    journal: one("JT") || one("TA"),
    authors: [...all("AU"), ...all("CN")],
    types: all("PT"),
  };
}

/** "Heart/drug effects/*physiology" is one heading for each qualifier. */
function heading(text: string): string[] {
  const [descriptor, ...qualifiers] = text.split("/");
  return qualifiers.length ? qualifiers.map((qualifier) => `${descriptor}/${qualifier}`) : [descriptor!];
}
