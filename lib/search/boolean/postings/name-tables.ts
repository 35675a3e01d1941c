import { memo } from "../../../core/memo";
import type { Publication } from "../../../core/records";
import { authorKeys, isCollective } from "../vocabulary/authors";
import type { Gather } from "../record-sets/gather";
import { heading, headingKey, separate } from "../vocabulary/headings";
import { journalKeys } from "../vocabulary/journals";
import { matching } from "./postings";
import { qualifierKey } from "../vocabulary/qualifiers";
import type { RecordSet } from "../record-sets/record-set";
import { sorted, type Sorted } from "./sorted-words";
import { normal } from "../text/words";

/** The records of each exact name. Name n stands in records[starts[n] .. starts[n + 1]), ascending. */
interface NameTable {
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
  readonly journal: NameTable; // every name that a record gives its journal, and its ISSNs
  readonly author: NameTable; // "kon e", and "kon elizaveta" for a name that is written out
  readonly firstAuthor: NameTable;
  readonly lastAuthor: NameTable;
  readonly collective: NameTable; // groups of authors
  readonly pmid: NameTable;
}

export function nameTables(publications: readonly Publication[]): NameTables {
  const [mesh, major, subheading, type, journal, author, collective] = Array.from({ length: 7 }, () => new Names()) as [
    Names,
    Names,
    Names,
    Names,
    Names,
    Names,
    Names,
  ];
  const headings = oncePerText(headingKeys);
  const typeKey = oncePerText(normal);
  const journals = oncePerText(journalKeys);
  const authors = oncePerText(authorNames);
  const [first, last] = [
    new Uint32Array(publications.length).fill(nobody),
    new Uint32Array(publications.length).fill(nobody),
  ];
  for (const [record, publication] of publications.entries()) {
    for (const text of publication.mesh) {
      for (const { keys, qualifier, isMajor } of headings(text)) {
        for (const key of keys) {
          mesh.add(key, record);
          if (isMajor) major.add(key, record);
        }
        subheading.add(qualifier, record);
      }
    }
    for (const text of publication.types) type.add(typeKey(text), record);
    for (const text of publication.authors) {
      const { keys, isGroup } = authors(text);
      const [number] = keys.map((key) => author.add(key, record));
      if (number === undefined) continue;
      if (isGroup) {
        collective.add(keys[0]!, record);
        continue; // the first and the last author are persons
      }
      if (first[record] === nobody) first[record] = number;
      last[record] = number;
    }
    for (const name of [publication.journal, ...(publication.journalNames ?? [])])
      for (const key of journals(name)) journal.add(key, record);
  }
  const ids = publications.map(({ pmid }) => pmid.trim().toLowerCase());
  const authorTable = author.table();
  // built when they are first asked for: they are the largest tables, and rarely used
  let [pmid, firstAuthor, lastAuthor]: (NameTable | undefined)[] = [];
  return {
    mesh: mesh.table(),
    major: major.table(),
    subheading: subheading.table(),
    type: type.table(),
    journal: journal.table(),
    author: authorTable,
    collective: collective.table(),
    get pmid() {
      return (pmid ??= idTable(ids));
    },
    get firstAuthor() {
      return (firstAuthor ??= byNumber(authorTable, first));
    },
    get lastAuthor() {
      return (lastAuthor ??= byNumber(authorTable, last));
    },
  };
}

const nobody = 0xffffffff;

/** The table of the same names with other records: record i gets the name numberOf[i]. A name may have no record. */
function byNumber({ numbers, sorted }: NameTable, numberOf: Uint32Array): NameTable {
  const starts = new Uint32Array(numbers.size + 1);
  for (const number of numberOf) if (number !== nobody) starts[number + 1]!++;
  for (let i = 0; i < numbers.size; i++) starts[i + 1]! += starts[i]!;
  const records = new Uint32Array(starts[numbers.size]!);
  const next = starts.slice();
  numberOf.forEach((number, record) => number !== nobody && (records[next[number]!++] = record));
  return { numbers, sorted, starts, records };
}

const authorNames = (text: string): { readonly keys: readonly string[]; readonly isGroup: boolean } => ({
  keys: authorKeys(text).filter(Boolean),
  isGroup: isCollective(text),
});

function idTable(ids: readonly string[]): NameTable {
  const names = new Names();
  for (const [record, id] of ids.entries()) names.add(id, record);
  return names.table();
}

function headingKeys(
  text: string,
): readonly { readonly keys: readonly string[]; readonly qualifier: string; readonly isMajor: boolean }[] {
  return separate(text).map((one) => {
    const { name, qualifier, major } = heading(one);
    const qualified = qualifierKey(qualifier);
    return {
      keys: [headingKey(name), ...(qualified ? [headingKey(`${name}/${qualifier}`)] : [])],
      qualifier: qualified,
      isMajor: major,
    };
  });
}

/** `compute`, run once for each text. Records repeat a few names many times. */
function oncePerText<T extends {}>(compute: (text: string) => T): (text: string) => T {
  const kept = memo<string, T>({ most: Infinity });
  return (text) => kept.getOrCompute(text, () => compute(text));
}

/** Builds a name table. Records must be added in ascending order. */
class Names {
  private readonly numbers = new Map<string, number>();
  private readonly lists: (number | number[])[] = []; // most names have one record, and need no list

  /** The number of `key`; undefined for an empty key, which is no name. */
  add(key: string, record: number): number | undefined {
    if (!key) return undefined;
    const number = this.numbers.get(key);
    if (number === undefined) {
      this.numbers.set(key, this.lists.length);
      return this.lists.push(record) - 1;
    }
    const list = this.lists[number]!;
    if (typeof list === "number") {
      if (list !== record) this.lists[number] = [list, record];
    } else if (list[list.length - 1] !== record) list.push(record);
    return number;
  }

  table(): NameTable {
    const { numbers, lists } = this;
    const starts = new Uint32Array(lists.length + 1);
    for (let i = 0; i < lists.length; i++) {
      const list = lists[i]!;
      starts[i + 1] = starts[i]! + (typeof list === "number" ? 1 : list.length);
    }
    const records = new Uint32Array(starts[lists.length]!);
    for (let i = 0; i < lists.length; i++) {
      const list = lists[i]!;
      if (typeof list === "number") records[starts[i]!] = list;
      else records.set(list, starts[i]!);
    }
    let ascending: Sorted | undefined;
    return {
      numbers,
      starts,
      records,
      get sorted() {
        return (ascending ??= sorted(numbers)); // only a truncated name needs it
      },
    };
  }
}

/** The records with exactly the name `key`, a stretch of the table; undefined where the table has no such name. */
export function nameStretch({ numbers, starts, records }: NameTable, key: string): Uint32Array | undefined {
  const number = numbers.get(key);
  return number === undefined ? undefined : records.subarray(starts[number]!, starts[number + 1]!);
}

/** The records with the name `key` or, for a key that ends in `*`, with a name that begins so. */
export function withName(table: NameTable, key: string, gather: Gather): RecordSet {
  const { starts, records } = table;
  const own = nameStretch(table, key);
  if (own && !key.endsWith("*")) return gather.store.list(own);
  const numbers = matching(table, key);
  for (let i = 0; i < numbers.length; i++)
    gather.addAll(records.subarray(starts[numbers[i]!]!, starts[numbers[i]! + 1]!));
  return gather.take();
}
