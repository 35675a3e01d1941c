import type { Publication } from "../../core/records";
import { addRange, add, emptySet, type Bitset } from "./bitset";
import { days } from "./dates";
import { nameTables, withName, type NameTables } from "./names";
import { withNear } from "./near";
import { withPhrase, withWord } from "./phrase";
import type { Lookup } from "./plan";
import { postings, type Postings } from "./postings";
import { bytesOf, countOf, recordSet, type RecordSet } from "./record-set";

const cacheBytes = 32 * 2 ** 20; // results of look-ups kept; 20,000 records make 2.5 kB each …
const cacheSets = 1024; // … and a million records 125 kB: this many are kept all the same

/** The records a look-up found. */
export interface Found {
  readonly set: RecordSet;
  readonly count: number;
}

/** An indexed corpus. Record 0 is the newest; records without a date come last. */
export interface Corpus {
  readonly size: number;
  readonly ids: readonly string[]; // PMIDs, newest first
  readonly find: (lookup: Lookup) => Found;
  /** The number of the record with this identifier, exactly as the record has it. */
  readonly numberOf: (id: string) => number | undefined;
  /** Records dated from `first` to `last`, inclusive, as the range [from, to) of record numbers. */
  readonly dated: (first: number, last: number) => { readonly from: number; readonly to: number };
}

/**
 * Indexes `publications`. They are numbered newest first, so that the first bits of a result are the first hits
 * and a date limit is a range of numbers. Equal dates: the higher PMID first, being entered later.
 */
export function corpus(publications: readonly Publication[]): Corpus {
  const order = publications.map((publication) => ({ publication, day: days(publication.date)?.first ?? 0 })).sort((a, b) => b.day - a.day || byPmid(a.publication.pmid, b.publication.pmid));
  const newestFirst = order.map(({ publication }) => publication);
  const byDay = Uint32Array.from(order, ({ day }) => day);
  const withAbstract = emptySet(newestFirst.length);
  for (const [record, { abstract }] of newestFirst.entries()) if (abstract) add(withAbstract, record);
  const index = { size: newestFirst.length, byDay, postings: postings(newestFirst), names: nameTables(newestFirst), withAbstract };
  const ids = newestFirst.map(({ pmid }) => pmid);
  return {
    size: index.size,
    ids,
    numberOf: (id) => index.names.pmid.records.get(id.trim().toLowerCase())?.find((record) => ids[record] === id),
    find: remembered(Math.max(cacheBytes, cacheSets * Math.ceil(newestFirst.length / 8)), (lookup) => {
      const set = recordSet(run(index, lookup), index.size);
      return { set, count: countOf(set) };
    }),
    dated: (first, last) => dated(byDay, first, last),
  };
}

interface Index {
  readonly size: number;
  readonly byDay: Uint32Array; // [records] YYYYMMDD, falling; 0 where unknown
  readonly postings: Postings;
  readonly names: NameTables;
  readonly withAbstract: Bitset; // the records themselves are not held on to
}

function run({ size: records, byDay, postings: words, names, withAbstract }: Index, lookup: Lookup): Bitset {
  const set = emptySet(records);
  switch (lookup.kind) {
    case "words":
      return lookup.words.length === 1 ? withWord(words, records, lookup.words[0]!, lookup.parts) : withPhrase(words, records, lookup.words, lookup.parts);
    case "near":
      return withNear(words, records, lookup.words, lookup.parts, lookup.within);
    case "name":
      return withName(names[lookup.table], records, lookup.name);
    case "dates": {
      const { from, to } = dated(byDay, lookup.first, lookup.last);
      addRange(set, from, to);
      return set;
    }
    case "all":
      addRange(set, 0, records);
      return set;
    case "hasAbstract":
      return withAbstract;
  }
}

function dated(byDay: Uint32Array, first: number, last: number): { readonly from: number; readonly to: number } {
  const firstNotAfter = (day: number): number => {
    let [low, high] = [0, byDay.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byDay[middle]! > day) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const from = firstNotAfter(last);
  return { from, to: Math.max(from, firstNotAfter(Math.max(first, 1) - 1)) }; // never the undated, whose day is 0
}

/** Higher PMID first; identifiers that are not numbers follow, in order. */
function byPmid(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (x !== y && !Number.isNaN(x) && !Number.isNaN(y)) return y - x;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Keeps the latest results up to `most` bytes, least recently used ones dropped first. */
function remembered(most: number, find: (lookup: Lookup) => Found): (lookup: Lookup) => Found {
  const kept = new Map<string, Found>();
  let bytes = 0;
  return (lookup) => {
    const key = keyOf(lookup);
    const known = kept.get(key);
    if (known) {
      kept.delete(key); // put back at the young end
      kept.set(key, known);
      return known;
    }
    const found = find(lookup);
    kept.set(key, found);
    bytes += bytesOf(found.set) + key.length * 2;
    for (const [old, { set }] of kept) {
      if (bytes <= most || old === key) break;
      kept.delete(old);
      bytes -= bytesOf(set) + old.length * 2;
    }
    return found;
  };
}

function keyOf(lookup: Lookup): string {
  switch (lookup.kind) {
    case "words":
      return `w${lookup.parts}:${lookup.words.join(" ")}`;
    case "near":
      return `~${lookup.parts},${lookup.within}:${lookup.words.join(" ")}`;
    case "name":
      return `${lookup.table}:${lookup.name}`;
    case "dates":
      return `d:${lookup.first}:${lookup.last}`;
    default:
      return lookup.kind;
  }
}
