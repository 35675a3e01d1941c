import type { Publication } from "../../core/records";
import { emptySet, type Bitset } from "./bitset";
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

/** Splits at the first slash. A slash inside a heading's own name splits too, but in records and queries alike, so both still meet. */
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
  const looksLikeInitials = name === name.toLowerCase() ? /^\p{L}{1,3}$/u : /^\p{Lu}{1,3}$/u; // queries are often typed in lower case
  if (parts.length > 1 && looksLikeInitials.test(last.replace(/\./g, ""))) return `${normal(parts.slice(0, -1).join(" "))} ${normal(last.replace(/\./g, ""))}`;
  if (parts.length === 1) return normal(name);
  return `${normal(last)} ${initials(parts.slice(0, -1).join(" "))}`;
}

const initials = (given: string): string => (normal(given).match(/\b[a-z0-9]/g) ?? []).join("");

export function nameTables(publications: readonly Publication[]): NameTables {
  const [mesh, major, subheading, type, journal, author, pmid] = [new Names(), new Names(), new Names(), new Names(), new Names(), new Names(), new Names()];
  const [headings, typeKey, journalKey, keyOfAuthor] = [once(headingKeys), once(normal), once(normal), once(authorKey)]; // few names, written many times
  for (const [record, publication] of publications.entries()) {
    for (const text of publication.mesh) {
      const { keys, qualifier, isMajor } = headings(text);
      for (const key of keys) {
        mesh.add(key, record);
        if (isMajor) major.add(key, record);
      }
      subheading.add(qualifier, record);
    }
    for (const text of publication.types) type.add(typeKey(text), record);
    for (const text of publication.authors) author.add(keyOfAuthor(text), record);
    journal.add(journalKey(publication.journal), record);
    pmid.add(publication.pmid.trim().toLowerCase(), record);
  }
  return { mesh, major, subheading, type, journal, author, pmid };
}

function headingKeys(text: string): { readonly keys: readonly string[]; readonly qualifier: string; readonly isMajor: boolean } {
  const { name, qualifier, major } = heading(text);
  return { keys: [headingKey(name), ...(qualifier ? [headingKey(`${name}/${qualifier}`)] : [])], qualifier: normal(qualifier), isMajor: major };
}

/** `make`, but once for each text. */
function once<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>();
  return (text) => {
    const known = made.get(text);
    if (known !== undefined) return known;
    const fresh = make(text);
    made.set(text, fresh);
    return fresh;
  };
}

/** A name table while records are added to it, in ascending order. */
class Names implements NameTable {
  readonly records = new Map<string, number[]>();
  private ascending: readonly string[] | undefined;

  add(key: string, record: number): void {
    if (!key) return;
    const list = this.records.get(key);
    if (!list) this.records.set(key, [record]);
    else if (list[list.length - 1] !== record) list.push(record);
  }

  get sorted(): readonly string[] {
    return (this.ascending ??= [...this.records.keys()].sort()); // only truncation asks for it
  }
}

/** Records that carry the name `key`, or, with `*` at its end, a name that begins so. */
export function withName({ records, sorted }: NameTable, size: number, key: string): Bitset {
  const set = emptySet(size);
  const keys = key.endsWith("*") ? beginning(sorted, key.slice(0, -1)) : [key];
  for (const each of keys) for (const record of records.get(each) ?? []) set[record >>> 5]! |= 1 << (record & 31);
  return set;
}
