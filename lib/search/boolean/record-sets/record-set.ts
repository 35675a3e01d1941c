import { cutAt, first, has, sizeIn, type Bitset } from "./bitset";

/**
 * A set of records: a few by their numbers, ascending, or many as bits. Most terms are in few records, and with a
 * million of them a list of some hundred is combined and kept a hundred times cheaper than 125 kB of bits; where it is
 * a stretch of the index it costs nothing at all. Sets are shared: nobody writes to them, and nobody holds on to them
 * (see SetStore).
 */
export type RecordSet =
  | { readonly kind: "few"; readonly numbers: Uint32Array }
  | { readonly kind: "bits"; readonly bits: Bitset };

/** The longest list that is used, as the index has it ready: one record in 64. */
export const mostFew = (records: number): number => Math.floor(records / 64);

/** The longest list that is made: one record in 256. Beyond that bits are as quick to make, and quicker to join. */
export const mostMade = (records: number): number => Math.floor(records / 256);

export const isEmpty = (set: RecordSet): boolean =>
  set.kind === "few" ? set.numbers.length === 0 : set.bits.every((word) => word === 0);

export const contains = (set: RecordSet, record: number): boolean =>
  set.kind === "bits" ? has(set.bits, record) : set.numbers[below(set.numbers, record)] === record;

/** How many records from `from` up to but not including `to` are in the set. */
export const countIn = (set: RecordSet, from: number, to: number): number =>
  set.kind === "few" ? Math.max(0, below(set.numbers, to) - below(set.numbers, from)) : sizeIn(set.bits, from, to);

/** The first `k` of the records from `from` up to but not including `to`, in order. */
export function firstIn(set: RecordSet, k: number, from: number, to: number): ArrayLike<number> & Iterable<number> {
  if (set.kind === "bits") return first(set.bits, Math.floor(k), from, to);
  const start = below(set.numbers, from);
  return set.numbers.subarray(start, Math.max(start, Math.min(below(set.numbers, to), start + Math.floor(k))));
}

/**
 * The number behind the first `k` of the records from `from` on, which are more than that: what lies below it is what a
 * cut at `k` keeps.
 */
export function cutOf(set: RecordSet, k: number, from: number): number {
  const last = set.kind === "few" ? below(set.numbers, from) + Math.floor(k) - 1 : 0;
  return k < 1 ? from : set.kind === "few" ? set.numbers[last]! + 1 : cutAt(set.bits, k, from);
}

/** How many numbers of an ascending list are below `record`. */
export function below(numbers: Uint32Array, record: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < record) low = middle + 1;
    else high = middle;
  }
  return low;
}
