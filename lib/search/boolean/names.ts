import type { Publication } from "../../core/records";
import { add, emptySet, type Bitset } from "./bitset";
import { beginning } from "./postings";
import { normal } from "./words";

/** Exact names to the records that carry them: headings, publication types, journals, authors. */
export interface NameTable {
  readonly records: ReadonlyMap<string, readonly number[]>;
  readonly sorted: readonly string[];
}

export interface NameTables {
  readonly mesh: NameTable; // "heart diseases", and "heart diseases / diagnosis" with a qualifier
  readonly major: NameTable;
  readonly subheading: NameTable;
  readonly type: NameTable;
  readonly journal: NameTable;
  readonly author: NameTable; // "kon e"
  readonly pmid: NameTable;
}

/** A heading as the corpus writes it, taken apart. `Heart/*physiology` and `*Heart/physiology` are both major. */
export function heading(mesh: string): { readonly name: string; readonly qualifier: string; readonly major: boolean } {
  const [name, qualifier = ""] = splitQualifier(mesh.replace(/\*/g, ""));
  return { name, qualifier, major: mesh.includes("*") };
}

/** The key of a heading, with or without a qualifier, as the tables hold it. */
export function headingKey(text: string): string {
  const [name, qualifier] = splitQualifier(text.replace(/\*/g, ""));
  return qualifier ? `${normal(name)} / ${normal(qualifier)}` : normal(name);
}

/** The slash before a qualifier; one inside a chemical name stands between letters without a heading of its own before it. */
function splitQualifier(text: string): [string, string?] {
  const slash = text.indexOf("/");
  return slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
}

/** An author as PubMed indexes one, surname then initials: "Elizaveta Kon", "Kon, Elizaveta" and "Kon E" are all "kon e". */
export function authorKey(name: string): string {
  const [surname, given] = name.split(",");
  if (given !== undefined) return `${normal(surname!)} ${initials(given)}`.trim();
  const parts = name.trim().split(/\s+/);
  const last = parts.at(-1) ?? "";
  if (parts.length > 1 && /^\p{Lu}{1,3}$/u.test(last.replace(/\./g, ""))) return `${normal(parts.slice(0, -1).join(" "))} ${normal(last.replace(/\./g, ""))}`;
  if (parts.length === 1) return normal(name);
  return `${normal(last)} ${initials(parts.slice(0, -1).join(" "))}`;
}

const initials = (given: string): string => (normal(given).match(/\b[a-z0-9]/g) ?? []).join("");

export function nameTables(publications: readonly Publication[]): NameTables {
  const build = (keys: (publication: Publication) => readonly string[]): NameTable => {
    const records = new Map<string, number[]>();
    for (const [record, publication] of publications.entries()) {
      for (const key of new Set(keys(publication))) {
        const list = records.get(key);
        if (!key) continue;
        if (list) list.push(record);
        else records.set(key, [record]);
      }
    }
    return { records, sorted: [...records.keys()].sort() };
  };
  const known = new Map<string, { keys: string[]; qualifier: string; major: boolean }>(); // a heading is spelled the same in a thousand records
  const headings = ({ mesh }: Publication) =>
    mesh.map((text) => {
      const seen = known.get(text);
      if (seen) return seen;
      const { name, qualifier, major } = heading(text);
      const entry = { keys: [headingKey(name), ...(qualifier ? [headingKey(`${name}/${qualifier}`)] : [])], qualifier: normal(qualifier), major };
      known.set(text, entry);
      return entry;
    });
  return {
    mesh: build((publication) => headings(publication).flatMap(({ keys }) => keys)),
    major: build((publication) => headings(publication).flatMap(({ keys, major }) => (major ? keys : []))),
    subheading: build((publication) => headings(publication).map(({ qualifier }) => qualifier)),
    type: build(({ types }) => types.map(normal)),
    journal: build(({ journal }) => [normal(journal)]),
    author: build(({ authors }) => authors.map(authorKey)),
    pmid: build(({ pmid }) => [pmid.trim().toLowerCase()]),
  };
}

/** Records that carry the name `key`, or, with `*` at its end, a name that begins so. */
export function withName({ records, sorted }: NameTable, size: number, key: string): Bitset {
  const set = emptySet(size);
  const keys = key.endsWith("*") ? beginning(sorted, key.slice(0, -1)) : [key];
  for (const each of keys) for (const record of records.get(each) ?? []) add(set, record);
  return set;
}
