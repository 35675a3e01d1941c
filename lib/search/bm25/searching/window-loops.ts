import type { List } from "../postings/list";
import { postingOf, type LookUp } from "./look-up";
import type { TopK } from "./top-k";

/** A window of documents that are scored together. */
export interface Window {
  base: number; // its first document
  limit: number; // the first after it
  least: number; // a document to which the essential lists add less cannot be among the best
  size: number; // the number of candidates in `found`
  readonly sums: Float64Array; // [wide] scores so far; all are 0 between two windows
  readonly found: Int32Array; // [wide] candidates: places whose sum has reached `least`
}

// The loops receive all their data as arguments, so that V8 keeps it in registers.

/** The first document with an essential term; `documents` if there is none. */
export function nearest(lists: readonly List[], next: readonly number[], essential: number, documents: number): number {
  let doc = documents;
  for (let i = essential; i < next.length; i++) {
    const { docs, end } = lists[i]!;
    if (next[i]! < end && docs[next[i]!]! < doc) doc = docs[next[i]!]!;
  }
  return doc;
}

/** The first posting in [at, end) of a document that is at least `doc`. Steps double, then halve (galloping search). */
export function seek(docs: Int32Array, at: number, end: number, doc: number): number {
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

/**
 * Adds the contributions of a list to the sums. A document that reaches `least` by this becomes a candidate. Returns
 * the first posting after the window.
 */
export function addFrom(
  here: Window,
  docs: Int32Array,
  pairs: Uint16Array,
  table: Float32Array,
  at: number,
  end: number,
): number {
  const { base, limit, least, sums, found } = here;
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

/** Like `addFrom`, without a table of contributions. */
export function add(
  here: Window,
  docs: Int32Array,
  pairs: Uint16Array,
  saturation: Float32Array,
  weight: number,
  at: number,
  end: number,
): number {
  const { base, limit, least, sums, found } = here;
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

/** Removes the candidates whose sum is below `least`. */
export function keep(here: Window, least: number): void {
  const { sums, found } = here;
  let kept = 0;
  for (let i = 0; i < here.size; i++) {
    const place = found[i]!;
    if (sums[place]! >= least) found[kept++] = place;
    else sums[place] = 0;
  }
  here.size = kept;
}

/**
 * Adds the contributions of the postings [start, end) to the sums of the candidates. It looks each candidate up, or
 * reads all postings, whichever is less work.
 */
export function addFound(
  { base, least, size, sums, found }: Window,
  docs: Int32Array,
  pairs: Uint16Array,
  saturation: Float32Array,
  weight: number,
  start: number,
  end: number,
): void {
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
      if (low < end && docs[low] === doc)
        sums[place] += Math.fround(weight - Math.fround(weight / saturation[pairs[low]!]!));
    }
  } else {
    for (let at = start; at < end; at++) {
      const place = docs[at]! - base;
      if (sums[place]! >= least) sums[place] += Math.fround(weight - Math.fround(weight / saturation[pairs[at]!]!));
    }
  }
}

/** Adds the contributions of a list to the sums of the candidates, by the list's table. */
export function addAt(
  { base, size, sums, found }: Window,
  known: LookUp,
  pairs: Uint16Array,
  saturation: Float32Array,
  weight: number,
): void {
  for (let i = 0; i < size; i++) {
    const place = found[i]!;
    const at = postingOf(known, base + place);
    if (at >= 0) sums[place] += Math.fround(weight - Math.fround(weight / saturation[pairs[at]!]!));
  }
}

export function offerFound({ base, size, sums, found }: Window, top: TopK): void {
  for (let i = 0; i < size; i++) {
    const sum = sums[found[i]!]!;
    if (sum >= top.threshold) top.offer(base + found[i]!, Math.fround(sum));
  }
}

export function offerAll({ base, limit, sums }: Window, top: TopK): void {
  for (let place = 0; place < limit - base; place++) {
    const sum = sums[place]!;
    if (sum >= top.threshold) top.offer(base + place, Math.fround(sum));
  }
}

export function clear({ base, sums }: Window, docs: Int32Array, at: number, end: number): void {
  for (; at < end; at++) sums[docs[at]! - base] = 0;
}
