import type { List } from "../postings/list";
import { lookUps, type LookUp } from "./look-up";
import type { Postings } from "../postings/postings";
import type { TopK } from "./top-k";
import {
  add,
  addAt,
  addFound,
  addFrom,
  clear,
  keep,
  nearest,
  offerAll,
  offerFound,
  seek,
  type Window,
} from "./window-loops";

/**
 * Scores the documents that may be among the best, and offers them to `top`: those of all windows, or of every
 * `stride`th one. Lists are in ascending order of their bounds.
 */
type Windows = (lists: readonly List[], top: TopK, stride?: number) => void;

const narrow = 4096; // documents that are scored together; their sums stay in the first-level cache
const wide = 65536; // for queries with few documents to score; their sums stay in the second-level cache
const sparse = 16; // windows are wide if fewer than one document in so many has an essential term
const lookUpCost = 2; // the cost of looking a document up in a list, in postings that are read
const candidateCost = 1; // the cost of making a document a candidate, in postings that are read
const tablesAtMost = 64;

/** The contributions [pairs] of a term with this weight. A query is often scanned twice, first over a sample. */
interface Table {
  weight: number;
  readonly contributions: Float32Array;
}

/**
 * MaxScore (Turtle & Flood 1995) in windows of documents. The terms whose greatest contributions together do not reach
 * the k-th best score so far are not essential. They are looked up only for documents that other terms have found.
 *
 * An index in memory passes its arrays, which all lists share. For a frequent term the contributions are computed once
 * for each pair of frequency and length, and for a rare term once for each posting.
 */
export function windows(
  documents: number,
  saturation: Float32Array,
  resident?: Pick<Postings, "docs" | "pairs">,
): Windows {
  const [allDocs, allPairs] = [resident?.docs, resident?.pairs]; // constants for V8, which saves a fifth of the time
  const here: Window = {
    base: 0,
    limit: 0,
    least: 0,
    size: 0,
    sums: new Float64Array(wide),
    found: new Int32Array(wide),
  };
  const lookUp = lookUps(documents);
  const tables: Table[] = [];

  /** The table of contributions of a list; undefined for a list that is too short for one. */
  const tableFor = ({ start, end, weight }: List, place: number): Float32Array | undefined => {
    if (place >= tablesAtMost || end - start < saturation.length) return undefined;
    const table = (tables[place] ??= { weight: 0, contributions: new Float32Array(saturation.length) });
    if (table.weight !== weight) fill(table.contributions, saturation, weight);
    table.weight = weight;
    return table.contributions;
  };

  return (lists, top, stride = 1) => {
    const count = lists.length;
    const next = lists.map(({ start }) => start); // the next posting of each list
    const ends = lists.map(({ end }) => end);
    const first = [...next];
    const tableOf = lists.map(tableFor);
    const bounds = [0]; // what the first i lists add together at most
    for (let i = 0; i < count; i++) bounds.push(bounds[i]! + lists[i]!.bound);
    const postingsFrom = [...next, 0]; // the number of postings in list i and those after it
    for (let i = count; i-- > 0; ) postingsFrom[i] = postingsFrom[i + 1]! + ends[i]! - next[i]!;
    const total = postingsFrom[0]!;
    const many = total * 2 > documents;
    let negligible = 0; // the lists before this one cannot bring a document among the best by themselves
    let essential = 0; // the number of these lists that are looked up instead of read
    let knownOf: (LookUp | undefined)[] = []; // [essential]

    for (let base = 0, width = narrow; base < documents; base += width * stride) {
      const before = negligible;
      while (negligible < count && bounds[negligible + 1]! < top.threshold) negligible++;
      if (negligible > before) {
        essential = cheapest(postingsFrom, negligible);
        knownOf = lists.slice(0, essential).map(lookUp);
      }
      width = stride === 1 && postingsFrom[essential]! * sparse < documents ? wide : narrow;
      if (stride === 1) base = nearest(lists, next, essential, documents);
      else for (let i = essential; i < count; i++) next[i] = seek(lists[i]!.docs, next[i]!, ends[i]!, base);
      // every document is wanted, so that all sums are examined
      const crowded = many && essential === 0 && top.threshold === Number.MIN_VALUE;
      here.base = base;
      here.limit = base + width;
      here.least = crowded ? Infinity : top.threshold - bounds[essential]!;
      here.size = 0;
      let read = 0;
      for (let i = essential; i < count; i++) {
        const { weight } = lists[i]!;
        const docs = allDocs ?? lists[i]!.docs;
        const pairs = allPairs ?? lists[i]!.pairs;
        const table = tableOf[i];
        first[i] = next[i]!;
        next[i] =
          table === undefined
            ? add(here, docs, pairs, saturation, weight, first[i]!, ends[i]!)
            : addFrom(here, docs, pairs, table, first[i]!, ends[i]!);
        read += next[i]! - first[i]!;
      }
      for (let i = essential - 1; i >= 0 && here.size > 0; i--) {
        if (i < essential - 1) keep(here, top.threshold - bounds[i + 1]!);
        const { weight } = lists[i]!;
        const docs = allDocs ?? lists[i]!.docs;
        const pairs = allPairs ?? lists[i]!.pairs;
        const known = knownOf[i];
        if (known) {
          addAt(here, known, pairs, saturation, weight);
        } else {
          const start = seek(docs, next[i]!, ends[i]!, base);
          next[i] = seek(docs, start, ends[i]!, base + width);
          addFound(here, docs, pairs, saturation, weight, start, next[i]!);
        }
      }
      if (crowded) offerAll(here, top);
      else offerFound(here, top);
      if (read * 20 > width) here.sums.fill(0, 0, width);
      else for (let i = essential; i < count; i++) clear(here, allDocs ?? lists[i]!.docs, first[i]!, next[i]!);
    }
  };
}

/** How many of the `negligible` weakest lists are better looked up than read. Costs are in postings that are read. */
function cheapest(postingsFrom: readonly number[], negligible: number): number {
  let [best, least] = [0, postingsFrom[0]!];
  for (let i = 1; i <= negligible; i++) {
    const read = postingsFrom[i]!;
    let cost = read * (1 + candidateCost);
    for (let j = 0; j < i; j++) cost += Math.min(postingsFrom[j]! - postingsFrom[j + 1]!, read * lookUpCost);
    if (cost < least) [best, least] = [i, cost];
  }
  return best;
}

function fill(table: Float32Array, saturation: Float32Array, weight: number): void {
  for (let i = 0; i < table.length; i++) table[i] = weight - Math.fround(weight / saturation[i]!);
}
