import type { List } from "./list";
import type { Postings } from "./postings";
import type { TopK } from "./top-k";

/** Scores documents that may be among the best, and offers those that are: of all documents, or of every `stride`th window. Lists come weakest first. */
export type Windows = (lists: readonly List[], top: TopK, stride?: number) => void;

const window = 4096; // documents scored at a time: their sums stay in the first-level cache
const tablesAtMost = 64;
const spared = 32; // looking up is worth it where all but one posting in so many need not be read

/** The window of documents at hand. */
interface Window {
  base: number; // its first document
  least: number; // a document whose essential lists add less cannot get in
  size: number; // places found
  readonly sums: Float64Array; // [window] scores so far; all 0 between windows
  readonly found: Int32Array; // [window] places whose sum has reached `least`
}

/**
 * MaxScore (Turtle & Flood 1995) in windows of documents: terms whose greatest contributions together do not reach the
 * k-th best score so far are not essential; they are looked up only for documents that other terms have found.
 * A frequent term's contributions are worked out once for every pair of frequency and length, a rare one's for every posting.
 */
export function windows({ documents, docs, pairs }: Postings, saturation: Float32Array): Windows {
  const here: Window = { base: 0, least: 0, size: 0, sums: new Float64Array(window), found: new Int32Array(window) };
  const tables: Float32Array[] = []; // [pairs] each

  /** A table of contributions for a list that is long enough to be worth one. */
  const tableFor = (place: number, { start, end, weight }: List): Float32Array | undefined => {
    if (place >= tablesAtMost || end - start < saturation.length) return undefined;
    return fill((tables[place] ??= new Float32Array(saturation.length)), saturation, weight);
  };

  return (lists, top, stride = 1) => {
    const count = lists.length;
    const next = lists.map(({ start }) => start); // posting to go on with
    const ends = lists.map(({ end }) => end);
    const first = [...next];
    const tableOf = lists.map((list, i) => tableFor(i, list));
    const bounds = [0]; // what the first i lists can add together
    for (let i = 0; i < count; i++) bounds.push(bounds[i]! + lists[i]!.bound);
    const postingsFrom = [...next, 0]; // in list i and those after it
    for (let i = count; i-- > 0; ) postingsFrom[i] = postingsFrom[i + 1]! + ends[i]! - next[i]!;
    const total = postingsFrom[0]!;
    const many = total * 2 > documents;
    let negligible = 0; // lists before this one cannot bring in a document by themselves

    for (let base = 0; base < documents; base += window * stride) {
      while (negligible < count && bounds[negligible + 1]! < top.threshold) negligible++;
      const essential = postingsFrom[negligible]! * spared <= total ? negligible : 0;
      if (stride === 1) base = nearest(docs, next, ends, essential, documents);
      else for (let i = essential; i < count; i++) next[i] = seek(docs, next[i]!, ends[i]!, base);
      const crowded = many && essential === 0 && top.threshold === Number.MIN_VALUE; // everything gets in: better to look at all sums
      here.base = base;
      here.least = crowded ? Infinity : top.threshold - bounds[essential]!;
      here.size = 0;
      let postings = 0;
      for (let i = essential; i < count; i++) {
        const table = tableOf[i];
        first[i] = next[i]!;
        next[i] = table === undefined ? add(here, docs, pairs, saturation, lists[i]!.weight, first[i]!, ends[i]!) : addFrom(here, docs, pairs, table, first[i]!, ends[i]!);
        postings += next[i]! - first[i]!;
      }
      for (let i = essential - 1; i >= 0 && here.size > 0; i--) {
        if (i < essential - 1) keep(here, top.threshold - bounds[i + 1]!);
        const start = seek(docs, next[i]!, ends[i]!, base);
        next[i] = seek(docs, start, ends[i]!, base + window);
        addFound(here, docs, pairs, saturation, lists[i]!.weight, start, next[i]!);
      }
      if (crowded) offerAll(here, top);
      else offerFound(here, top);
      if (postings * 20 > window) here.sums.fill(0);
      else for (let i = essential; i < count; i++) clear(here, docs, first[i]!, next[i]!);
    }
  };
}

// The loops take all they work on as arguments: V8 then keeps it in registers.

/** The first document with an essential term, `documents` if there is none. */
function nearest(docs: Int32Array, next: readonly number[], ends: readonly number[], essential: number, documents: number): number {
  let doc = documents;
  for (let i = essential; i < next.length; i++) if (next[i]! < ends[i]! && docs[next[i]!]! < doc) doc = docs[next[i]!]!;
  return doc;
}

/** The first posting from `at` on, before `end`, of a document from `doc` on: by steps that double, then by halving. */
function seek(docs: Int32Array, at: number, end: number, doc: number): number {
  if (at >= end || docs[at]! >= doc) return at;
  let step = 1;
  while (at + step < end && docs[at + step]! < doc) step *= 2;
  let low = at + Math.floor(step / 2) + 1;
  let high = Math.min(at + step, end);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (docs[middle]! < doc) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds a list's contributions, and finds the documents that reach `least` by that. Returns the first posting after the window. */
function addFrom(here: Window, docs: Int32Array, pairs: Uint16Array, table: Float32Array, at: number, end: number): number {
  const { base, least, sums, found } = here;
  const limit = base + window;
  let { size } = here;
  for (; at < end; at++) {
    const doc = docs[at]!;
    if (doc >= limit) break;
    const place = doc - base;
    const before = sums[place]!;
    const after = before + table[pairs[at]!]!;
    sums[place] = after;
    if (after >= least && before < least) found[size++] = place;
  }
  here.size = size;
  return at;
}

/** The same, without a table. */
function add(here: Window, docs: Int32Array, pairs: Uint16Array, saturation: Float32Array, weight: number, at: number, end: number): number {
  const { base, least, sums, found } = here;
  const limit = base + window;
  let { size } = here;
  for (; at < end; at++) {
    const doc = docs[at]!;
    if (doc >= limit) break;
    const place = doc - base;
    const before = sums[place]!;
    const after = before + Math.fround(weight - Math.fround(weight / saturation[pairs[at]!]!));
    sums[place] = after;
    if (after >= least && before < least) found[size++] = place;
  }
  here.size = size;
  return at;
}

/** Strikes off found documents whose sum is below `least`. */
function keep(here: Window, least: number): void {
  const { sums, found } = here;
  let kept = 0;
  for (let i = 0; i < here.size; i++) {
    const place = found[i]!;
    if (sums[place]! >= least) found[kept++] = place;
    else sums[place] = 0;
  }
  here.size = kept;
}

/** Adds the contributions of the postings from `start` to `end` to the sums of found documents: looks up each, or reads all, whichever is less. */
function addFound({ base, least, size, sums, found }: Window, docs: Int32Array, pairs: Uint16Array, saturation: Float32Array, weight: number, start: number, end: number): void {
  if (size * (34 - Math.clz32(end - start)) < end - start) {
    for (let i = 0; i < size; i++) {
      const place = found[i]!;
      const doc = base + place;
      let low = start;
      let high = end;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (docs[middle]! < doc) low = middle + 1;
        else high = middle;
      }
      if (low < end && docs[low] === doc) sums[place] += Math.fround(weight - Math.fround(weight / saturation[pairs[low]!]!));
    }
  } else {
    for (let at = start; at < end; at++) {
      const place = docs[at]! - base;
      if (sums[place]! >= least) sums[place] += Math.fround(weight - Math.fround(weight / saturation[pairs[at]!]!));
    }
  }
}

function offerFound({ base, size, sums, found }: Window, top: TopK): void {
  for (let i = 0; i < size; i++) {
    const sum = sums[found[i]!]!;
    if (sum >= top.threshold) top.offer(base + found[i]!, Math.fround(sum));
  }
}

function offerAll({ base, sums }: Window, top: TopK): void {
  for (let place = 0; place < window; place++) {
    const sum = sums[place]!;
    if (sum >= top.threshold) top.offer(base + place, Math.fround(sum));
  }
}

function clear({ base, sums }: Window, docs: Int32Array, at: number, end: number): void {
  for (; at < end; at++) sums[docs[at]! - base] = 0;
}

function fill(table: Float32Array, saturation: Float32Array, weight: number): Float32Array {
  for (let i = 0; i < table.length; i++) table[i] = weight - Math.fround(weight / saturation[i]!);
  return table;
}
