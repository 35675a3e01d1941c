import type { Publication } from "../../core/records";
import { CorruptData } from "../../core/errors";
import { newest, type Version } from "./newest-version";
import { moreExact, pubmedDate } from "./pubmed-date";

/**
 * The records of a file in MEDLINE (nbib) format, as PubMed's "Save, PubMed format" writes it: a tag of up to four
 * letters, "- ", and a value. The value may continue on indented lines, also after an empty line. A new PMID begins a
 * new record. Records without PMID are left out. Of several records of one PMID the newest is kept, by version or last
 * revision, and `warn` receives a sentence about the others. Throws CorruptData, which names `source`, for a text
 * without records.
 */
export function readMedline(
  text: string,
  source = "MEDLINE text",
  warn: (text: string) => void = process.emitWarning,
): Publication[] {
  const records: Map<string, string[]>[] = [];
  let current: string[] | undefined;
  for (const line of text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/)) {
    const [, tag, value] = /^([A-Z][A-Z0-9]{1,3}) *-(?: (.*))?$/.exec(line) ?? [];
    if (tag === "PMID") records.push(new Map());
    if (tag !== undefined && records.length) {
      const record = records.at(-1)!;
      current = record.get(tag) ?? [];
      record.set(tag, current);
      current.push((value ?? "").trim());
    } else if (/^(?: {2}|\t)\s*\S/.test(line) && current) current.push(`${current.pop()!} ${line.trim()}`.trim());
    else if (line.trim()) current = undefined;
  }
  if (!records.length)
    throw new CorruptData(
      source,
      "there is no line with a PMID in it",
      'A record of this format begins "PMID- 25903304"',
    );
  return newest(records.map(versionOf), source, warn);
}

/** A record, its version being the digits of its last revision or else of its entry: later ones are larger. */
function versionOf(record: ReadonlyMap<string, readonly string[]>): Version {
  const [, digits] =
    /^\s*(\d{4}\D?\d\d\D?\d\d)/.exec(record.get("LR")?.at(-1) ?? record.get("EDAT")?.at(-1) ?? "") ?? [];
  return { publication: publication(record), version: Number(digits?.replace(/\D/g, "") ?? 0) };
}

function publication(record: ReadonlyMap<string, readonly string[]>): Publication {
  const all = (tag: string): readonly string[] => (record.get(tag) ?? []).filter(Boolean);
  const one = (tag: string): string => all(tag)[0] ?? "";
  const [journal = "", ...journalNames] = new Set(
    [one("JT"), one("TA"), ...all("IS").map((issn) => issn.replace(/\s[^]*$/, ""))].filter(Boolean),
  );
  const keywords = all("OT").map((keyword) => keyword.replace(/^\*/, ""));
  return {
    pmid: one("PMID"),
    title: one("TI") || one("BTI") || one("TT"),
    abstract: one("AB"),
    mesh: all("MH").flatMap(heading),
    date: moreExact(pubmedDate(one("DP")), pubmedDate(one("DEP").replace(/^(\d{4})(\d\d)(\d\d)$/, "$1/$2/$3"))),
    journal,
    authors: [...all("AU"), ...all("CN")],
    types: all("PT"),
    ...(keywords.length ? { keywords } : {}),
    ...(journalNames.length ? { journalNames } : {}),
  };
}

/** "Heart/drug effects/*physiology" is one heading for each qualifier. */
function heading(text: string): string[] {
  const [descriptor, ...qualifiers] = text.split("/");
  return qualifiers.length ? qualifiers.map((qualifier) => `${descriptor}/${qualifier}`) : [descriptor!];
}
