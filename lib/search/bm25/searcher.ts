import { find } from "./dictionary";
import type { Postings } from "./postings";
import { TopK } from "./top-k";
import { contribution, saturations, termWeight, type Bm25Parameters } from "./weights";

/** Document numbers and their scores, best first. */
export interface Ranking {
  readonly docs: Uint32Array; // [hits]
  readonly scores: Float32Array; // [hits]
  readonly total: number; // documents that match for certain; there may be more
}

/** Ranks documents for analysed terms, which may repeat. */
export type Searcher = (terms: readonly string[], k: number) => Ranking;

/** One query term's postings, and what they can add to a score. */
interface List {
  readonly term: number;
  readonly weight: number;
  readonly bound: number; // the most that a document gets
}

const window = 4096; // documents scored at a time: their sums stay in the first-level cache

/**
 * BM25 as Lucene computes it, in the same float32 steps, so that scores are equal bit for bit:
 *
 *   score(q, d) = Σ_t n·idf(t) · (1 − 1 / (1 + f / K)),   K = k1·(1 − b + b·|d| / avgdl),
 *   idf(t) = ln(1 + (N − df + ½) / (df + ½))
 *
 * with n the times t is in the query, f in the document, and |d| its length rounded to one byte. The sum is in double
 * precision, rounded once.
 *
 * The exact top k by MaxScore (Turtle & Flood 1995) in windows of documents: terms whose greatest contributions together
 * do not reach the k-th best score so far are looked up only for documents that other terms have found.
 */
export function searcher(postings: Postings, parameters: Bm25Parameters): Searcher {
  const { starts, docs, pairs } = postings;
  const saturation = saturations(postings, parameters); // [pairs]
  const greatest = new Float32Array(starts.length - 1); // [V] greatest saturation among a term's postings; 0 until needed
  const sums = new Float64Array(window); // scores so far of the window's documents; all 0 between windows
  const found = new Uint32Array(window); // places in the window of documents that may get in

  const greatestOf = (term: number): number => {
    if (greatest[term] === 0) for (let i = starts[term]!; i < starts[term + 1]!; i++) if (saturation[pairs[i]!]! > greatest[term]!) greatest[term] = saturation[pairs[i]!]!;
    return greatest[term]!;
  };

  /** Weakest first: what comes before an index adds little. */
  const listsOf = (terms: readonly string[]): List[] => {
    const times = new Map<number, number>();
    for (const term of terms) {
      const number = find(postings.terms, term);
      if (number >= 0) times.set(number, (times.get(number) ?? 0) + 1);
    }
    const lists = Array.from(times, ([term, count]) => {
      const weight = termWeight(postings.counted, starts[term + 1]! - starts[term]!, count);
      return { term, weight, bound: contribution(weight, greatestOf(term)) };
    });
    return lists.sort((a, b) => a.bound - b.bound || a.term - b.term);
  };

  /** First posting from `at` on, before `end`, of a document from `doc` on: by steps that double, then by halving. */
  const seek = (at: number, end: number, doc: number): number => {
    if (at >= end || docs[at]! >= doc) return at;
    let step = 1;
    while (at + step < end && docs[at + step]! < doc) step *= 2;
    let low = at + (step >>> 1) + 1;
    let high = Math.min(at + step, end);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (docs[middle]! < doc) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  /** Adds a list's contributions to the window's sums. Returns the first posting after the window. */
  const addAll = (at: number, end: number, weight: number, base: number): number => {
    const limit = base + window;
    for (; at < end; at++) {
      const doc = docs[at]!;
      if (doc >= limit) break;
      sums[doc - base] += Math.fround(weight - Math.fround(weight / saturation[pairs[at]!]!));
    }
    return at;
  };

  /** Lists the documents of these postings whose sum is above `least` as found, once each: their sums become negative. Other sums become 0. */
  const collect = (at: number, end: number, base: number, size: number, least: number): number => {
    for (; at < end; at++) {
      const place = docs[at]! - base;
      const sum = sums[place]!;
      if (sum > least) {
        if (sum > 0) {
          sums[place] = -sum;
          found[size++] = place;
        }
      } else if (sum > 0) sums[place] = 0;
    }
    return size;
  };

  /** Strikes off found documents whose sum is not above `least`. */
  const keep = (size: number, least: number): number => {
    let kept = 0;
    for (let i = 0; i < size; i++) {
      const place = found[i]!;
      if (-sums[place]! > least) found[kept++] = place;
      else sums[place] = 0;
    }
    return kept;
  };

  /** Adds the contributions of the postings from `start` to `end` to the sums of found documents: looks up each, or reads all, whichever is less. */
  const addFound = (start: number, end: number, weight: number, base: number, size: number): void => {
    if (size * (34 - Math.clz32(end - start)) < end - start) {
      for (let i = 0; i < size; i++) {
        const place = found[i]!;
        let low = start;
        let high = end;
        while (low < high) {
          const middle = (low + high) >>> 1;
          if (docs[middle]! < base + place) low = middle + 1;
          else high = middle;
        }
        if (low < end && docs[low] === base + place) sums[place] -= Math.fround(weight - Math.fround(weight / saturation[pairs[low]!]!));
      }
    } else {
      for (let at = start; at < end; at++) {
        const place = docs[at]! - base;
        if (sums[place]! < 0) sums[place] -= Math.fround(weight - Math.fround(weight / saturation[pairs[at]!]!));
      }
    }
  };

  return (terms, k) => {
    const lists = listsOf(terms);
    const count = lists.length;
    const next = Uint32Array.from(lists, ({ term }) => starts[term]!); // posting to go on with
    const ends = Uint32Array.from(lists, ({ term }) => starts[term + 1]!);
    const weights = Float32Array.from(lists, ({ weight }) => weight);
    const bounds = new Float64Array(count + 1); // what the first i lists can add together
    for (let i = 0; i < count; i++) bounds[i + 1] = bounds[i]! + lists[i]!.bound;
    const first = new Uint32Array(count);
    const top = new TopK(Math.min(k, postings.documents));
    let essential = 0; // lists before this one cannot bring in a document by themselves

    for (;;) {
      top.raise();
      const threshold = top.threshold();
      while (essential < count && bounds[essential + 1]! <= threshold) essential++;
      let base = postings.documents;
      for (let i = essential; i < count; i++) if (next[i]! < ends[i]! && docs[next[i]!]! < base) base = docs[next[i]!]!;
      if (base === postings.documents) break; // nothing left, or nothing that could get in

      for (let i = essential; i < count; i++) {
        first[i] = next[i]!;
        next[i] = addAll(next[i]!, ends[i]!, weights[i]!, base);
      }
      let size = 0;
      for (let i = essential; i < count; i++) size = collect(first[i]!, next[i]!, base, size, threshold - bounds[essential]!);
      for (let i = essential - 1; i >= 0 && size > 0; i--) {
        if (i < essential - 1) size = keep(size, threshold - bounds[i + 1]!);
        const start = seek(next[i]!, ends[i]!, base);
        next[i] = seek(start, ends[i]!, base + window);
        addFound(start, next[i]!, weights[i]!, base, size);
      }
      for (let i = 0; i < size; i++) {
        const place = found[i]!;
        top.offer(base + place, Math.fround(-sums[place]!));
        sums[place] = 0;
      }
    }
    return { ...top.ranked(), total: lists.reduce((most, { term }) => Math.max(most, starts[term + 1]! - starts[term]!), 0) };
  };
}
