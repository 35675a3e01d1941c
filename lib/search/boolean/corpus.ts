import type { Publication } from "../../core/records";
import { days } from "./syntax/dates";
import { nameStretch, nameTables, withName, type NameTables } from "./postings/name-tables";
import { withNear } from "./postings/near";
import { hasWord, withPhrase, withWord, wordStretch } from "./postings/phrase";
import { withBeside } from "./postings/place";
import { keyOf, type Lookup } from "./lookup";
import { pmidTable } from "./postings/pmid-table";
import { matching, postings, type Postings } from "./postings/postings";
import { isEmpty, mostFew, type RecordSet } from "./record-sets/record-set";
import { setsOf, type Sets } from "./record-sets/sets";

/** An indexed corpus. Records are numbered from the newest, which is 0. Records without a date come last. */
export interface Corpus {
  readonly size: number;
  readonly ids: readonly string[]; // PMIDs, newest first
  readonly find: (lookup: Lookup) => RecordSet;
  /** whether a look-up finds any record; this is often known without finding them all */
  readonly occurs: (lookup: Lookup) => boolean;
  readonly sets: Sets; // the memory that `find` takes its results from
  readonly journals: () => Iterable<string>; // every name of every journal, as keys of the name table
  /** The number of the record with this identifier, exactly as the record has it. */
  readonly numberOf: (id: string) => number | undefined;
  /** The records dated from `first` to `last`, both included, as the range [from, to) of record numbers. */
  readonly dated: (first: number, last: number) => { readonly from: number; readonly to: number };
}

/**
 * Indexes `publications`. The newest record has number 0, so the first numbers of a result are the first hits, and a
 * date limit is a range of numbers. Of two records with one date, the higher PMID comes first: it was entered later.
 */
export function corpus(publications: readonly Publication[]): Corpus {
  const order = publications
    .map((publication) => ({ publication, day: days(publication.date)?.first ?? 0 }))
    .sort((a, b) => b.day - a.day || byPmid(a.publication.pmid, b.publication.pmid));
  const newestFirst = order.map(({ publication }) => publication);
  const byDay = Uint32Array.from(order, ({ day }) => day);
  const withAbstract = newestFirst.flatMap(({ abstract }, record) => (abstract ? [record] : []));
  const size = newestFirst.length;
  const sets = setsOf(size);
  const index = {
    size,
    byDay,
    postings: postings(newestFirst),
    names: nameTables(newestFirst),
    withAbstract: Uint32Array.from(withAbstract),
  };
  const ids = newestFirst.map(({ pmid }) => pmid);
  const lookedUp = (lookup: Lookup): RecordSet => {
    const stretch = stretchOf(index, lookup);
    return stretch && stretch.length <= mostFew(size)
      ? { kind: "few", numbers: stretch }
      : sets.store.kept(keyOf(lookup), () => run(index, sets, lookup, lookedUp));
  };
  return {
    size,
    ids,
    sets,
    find: lookedUp,
    occurs: (lookup) => {
      if (lookup.kind === "words" && lookup.words.length === 1)
        return hasWord(index.postings, lookup.words[0]!, lookup.parts);
      return lookup.kind === "name" && lookup.table !== "firstAuthor" && lookup.table !== "lastAuthor"
        ? matching(index.names[lookup.table], lookup.name).length > 0
        : !isEmpty(lookedUp(lookup));
    },
    journals: () => index.names.journal.numbers.keys(),
    numberOf: pmidTable(ids),
    dated: (first, last) => dated(byDay, first, last),
  };
}

interface Index {
  readonly size: number; // records
  readonly byDay: Uint32Array; // [records] YYYYMMDD, never ascending; 0 for a record without a date
  readonly postings: Postings;
  readonly names: NameTables;
  readonly withAbstract: Uint32Array; // [records with an abstract] their numbers
}

/** The records of a look-up where they stand in one piece in the index; undefined where they must be collected. */
function stretchOf({ postings: words, names }: Index, lookup: Lookup): Uint32Array | undefined {
  if (lookup.kind === "words" && lookup.words.length === 1) return wordStretch(words, lookup.words[0]!, lookup.parts);
  return lookup.kind === "name" ? nameStretch(names[lookup.table], lookup.name) : undefined;
}

function run(
  { size, byDay, postings: words, names, withAbstract }: Index,
  sets: Sets,
  lookup: Lookup,
  find: (lookup: Lookup) => RecordSet,
): RecordSet {
  const { store, gather } = sets;
  switch (lookup.kind) {
    case "words":
      return lookup.words.length === 1
        ? withWord(words, lookup.words[0]!, lookup.parts, gather)
        : withPhrase(words, lookup.words, lookup.parts, gather);
    case "near":
      return withNear(words, lookup.words, lookup.parts, lookup.within, sets);
    case "beside":
      return withBeside(words, lookup.place, sets, (side, parts) =>
        find({ kind: "words", words: side, parts, shown: "" }),
      );
    case "name":
      return withName(names[lookup.table], lookup.name, gather);
    case "dates": {
      const { from, to } = dated(byDay, lookup.first, lookup.last);
      return store.range(from, to);
    }
    case "all":
      return store.range(0, size);
    case "hasAbstract":
      return store.list(withAbstract);
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
  // a record without a date has day 0 and is in no range
  return { from, to: Math.max(from, firstNotAfter(Math.max(first, 1) - 1)) };
}

/**
 * Compares PMIDs: the higher number first. Identifiers that are not numbers follow in the order of their characters.
 */
function byPmid(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (x !== y && !Number.isNaN(x) && !Number.isNaN(y)) return y - x;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}
