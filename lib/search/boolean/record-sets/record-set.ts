import { cutAt, first, has, sizeIn, type Bitset } from "./bitset";

/**
 * A set of records: a list of their numbers, ascending, for a few records, or bits for many. Most terms are in few
 * records. Of a million records, a list of some hundred is combined and kept at a hundredth of the cost of 125 kB of
 * bits. A list that is a stretch of the index costs nothing. Sets are shared, so nobody may write to them or keep them
 * (see SetStore).
 */
export type RecordSet =
  | { readonly kind: "few"; readonly numbers: Uint32Array }
  | { readonly kind: "bits"; readonly bits: Bitset };

/** The longest list that is taken from the index as it is: one record in 64. */
export const mostFew = (records: number): number => Math.floor(records / 64);

/** The longest list that is built: one record in 256. Above this, bits are as fast to build and faster to join. */
export const mostMade = (records: number): number => Math.floor(records / 256);

export const isEmpty = (set: RecordSet): boolean =>
  set.kind === "few" ? set.numbers.length === 0 : set.bits.every((word) => word === 0);

export const contains = (set: RecordSet, record: number): boolean =>
  set.kind === "bits" ? has(set.bits, record) : set.numbers[below(set.numbers, record)] === record;

/** The number of records of the set in [from, to). */
export const countIn = (set: RecordSet, from: number, to: number): number =>
  set.kind === "few" ? Math.max(0, below(set.numbers, to) - below(set.numbers, from)) : sizeIn(set.bits, from, to);

/** The first `k` records of the set in [from, to), ascending. */
export function firstIn(set: RecordSet, k: number, from: number, to: number): ArrayLike<number> & Iterable<number> {
  if (set.kind === "bits") return first(set.bits, Math.floor(k), from, to);
  const start = below(set.numbers, from);
  return set.numbers.subarray(start, Math.max(start, Math.min(below(set.numbers, to), start + Math.floor(k))));
}

/** The end of the shortest range from `from` that holds `k` records of the set, which must have more than `k` there. */
export function cutOf(set: RecordSet, k: number, from: number): number {
  const last = set.kind === "few" ? below(set.numbers, from) + Math.floor(k) - 1 : 0;
  return k < 1 ? from : set.kind === "few" ? set.numbers[last]! + 1 : cutAt(set.bits, k, from);
}

/** The number of entries of an ascending list below `record`. */
export function below(numbers: Uint32Array, record: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < record) low = middle + 1;
    else high = middle;
  }
  return low;
}
