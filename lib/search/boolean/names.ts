import type { Publication } from "../../core/records";
import type { Gather } from "./gather";
import { matching } from "./postings";
import type { RecordSet } from "./record-set";
import { sorted, type Sorted } from "./sorted";
import { normal } from "./words";

/** Exact names to the records that carry them: name n is in records[starts[n] .. starts[n + 1]), ascending. */
export interface NameTable {
  readonly numbers: ReadonlyMap<string, number>;
  readonly sorted: Sorted;
  readonly starts: Uint32Array;
  readonly records: Uint32Array;
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
  const [mesh, major, subheading, type, journal, author] = [new Names(), new Names(), new Names(), new Names(), new Names(), new Names()];
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
  }
  const ids = publications.map(({ pmid }) => pmid.trim().toLowerCase());
  let pmid: NameTable | undefined;
  return {
    mesh: mesh.table(), major: major.table(), subheading: subheading.table(), type: type.table(), journal: journal.table(), author: author.table(),
    get pmid() {
      return (pmid ??= idTable(ids)); // hardly anybody asks for it, and it is the largest
    },
  };
}

function idTable(ids: readonly string[]): NameTable {
  const names = new Names();
  for (const [record, id] of ids.entries()) names.add(id, record);
  return names.table();
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
class Names {
  private readonly numbers = new Map<string, number>();
  private readonly lists: number[][] = [];

  add(key: string, record: number): void {
    if (!key) return;
    const number = this.numbers.get(key);
    if (number === undefined) {
      this.numbers.set(key, this.lists.length);
      this.lists.push([record]);
      return;
    }
    const list = this.lists[number]!;
    if (list[list.length - 1] !== record) list.push(record);
  }

  table(): NameTable {
    const { numbers, lists } = this;
    const starts = new Uint32Array(lists.length + 1);
    for (let i = 0; i < lists.length; i++) starts[i + 1] = starts[i]! + lists[i]!.length;
    const records = new Uint32Array(starts[lists.length]!);
    for (let i = 0; i < lists.length; i++) records.set(lists[i]!, starts[i]!);
    let ascending: Sorted | undefined;
    return {
      numbers, starts, records,
      get sorted() {
        return (ascending ??= sorted(numbers)); // only truncation asks for it
      },
    };
  }
}

/** Records that carry exactly the name `key`, a stretch of the table; undefined where the table has no such name. */
export function nameStretch({ numbers, starts, records }: NameTable, key: string): Uint32Array | undefined {
  const number = numbers.get(key);
  return number === undefined ? undefined : records.subarray(starts[number]!, starts[number + 1]!);
}

/** Records that carry the name `key`, or, with `*` at its end, a name that begins so. */
export function withName(table: NameTable, key: string, gather: Gather): RecordSet {
  const { starts, records } = table;
  const own = nameStretch(table, key);
  if (own && !key.endsWith("*")) return gather.store.list(own);
  const numbers = matching(table, key);
  for (let i = 0; i < numbers.length; i++) gather.addAll(records.subarray(starts[numbers[i]!]!, starts[numbers[i]! + 1]!));
  return gather.take();
}
