import { combine, cutAt, emptySet, first, has, keepRange, size, type Bitset } from "./bitset";
import { seek } from "./seek";
import type { Operator } from "./syntax";

/**
 * A set of records: a few by their numbers, ascending, or many as bits. Most terms are in few records, and with a million of them a
 * list of some hundred is combined and kept a hundred times cheaper than 125 kB of bits. Sets are shared: nobody writes to them.
 */
export type RecordSet =
  | { readonly kind: "few"; readonly numbers: Uint32Array }
  | { readonly kind: "bits"; readonly bits: Bitset };

const fewIn = 64; // a list is used up to one record in this many; then bits are smaller or as small

/** The records of a bit set, in the form that suits their number. `records` is the size of the corpus. */
export function recordSet(bits: Bitset, records: number): RecordSet {
  const count = size(bits);
  return count * fewIn <= records ? { kind: "few", numbers: numbersIn(bits, count) } : { kind: "bits", bits };
}

function numbersIn(bits: Bitset, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let i = 0, found = 0; found < count; i++) {
    for (let word = bits[i]!; word !== 0; word &= word - 1) numbers[found++] = i * 32 + 31 - Math.clz32(word & -word);
  }
  return numbers;
}

export const countOf = (set: RecordSet): number => (set.kind === "few" ? set.numbers.length : size(set.bits));

export const bytesOf = (set: RecordSet): number => (set.kind === "few" ? set.numbers.byteLength : set.bits.byteLength);

export const contains = (set: RecordSet, record: number): boolean => (set.kind === "bits" ? has(set.bits, record) : set.numbers[place(set.numbers, record)] === record);

/** The first `k` records, in order. */
export const firstOf = (set: RecordSet, k: number): ArrayLike<number> & Iterable<number> => (set.kind === "few" ? set.numbers.subarray(0, Math.floor(Math.min(k, set.numbers.length))) : first(set.bits, Math.floor(k)));

/** The number behind the first `k` records: what lies below it is what a cut at `k` keeps. */
export const cutOf = (set: RecordSet, k: number): number => (set.kind === "bits" ? cutAt(set.bits, k) : k < 1 ? 0 : (set.numbers[Math.floor(k) - 1] ?? Infinity) + 1);

/** Only the records from `from` up to but not including `to`. */
export const within = (set: RecordSet, from: number, to: number): RecordSet =>
  set.kind === "few" ? { kind: "few", numbers: set.numbers.subarray(place(set.numbers, from), Math.max(place(set.numbers, from), place(set.numbers, to))) } : { kind: "bits", bits: keepRange(set.bits, from, to) };

/** Where `record` stands in an ascending list, or would. */
function place(numbers: Uint32Array, record: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < record) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A set while it is being joined with others, from left to right. */
export class Joined {
  private bits: Bitset | undefined; // absent while the set is a list
  private own = false; // whether the bits may be written to: they are copied when they first have to be
  private numbers: Uint32Array;

  constructor(set: RecordSet, private readonly records: number) {
    this.bits = set.kind === "bits" ? set.bits : undefined;
    this.numbers = set.kind === "few" ? set.numbers : new Uint32Array(0);
  }

  private writable(): Bitset {
    if (!this.own) this.bits = this.bits!.slice();
    this.own = true;
    return this.bits!;
  }

  result(): RecordSet {
    return this.bits ? { kind: "bits", bits: this.bits } : { kind: "few", numbers: this.numbers };
  }

  join(operator: Operator, other: RecordSet): void {
    if (operator === "OR") this.add(other);
    else if (operator === "NOT") this.remove(other);
    else this.keep(other);
  }

  private keep(other: RecordSet): void {
    if (!this.bits) this.numbers = other.kind === "few" ? inBoth(this.numbers, other.numbers, true) : among(this.numbers, other.bits, 1);
    else if (other.kind === "few") {
      this.numbers = among(other.numbers, this.bits, 1);
      this.bits = undefined;
    } else combine.AND(this.writable(), other.bits);
  }

  private remove(other: RecordSet): void {
    if (!this.bits) this.numbers = other.kind === "few" ? inBoth(this.numbers, other.numbers, false) : among(this.numbers, other.bits, 0);
    else if (other.kind === "bits") combine.NOT(this.writable(), other.bits);
    else strike(this.writable(), other.numbers);
  }

  private add(other: RecordSet): void {
    if (!this.bits && other.kind === "few" && (this.numbers.length + other.numbers.length) * fewIn <= this.records) {
      this.numbers = merged(this.numbers, other.numbers);
      return;
    }
    if (!this.bits) {
      this.bits = other.kind === "bits" ? other.bits.slice() : emptySet(this.records);
      this.own = true;
      put(this.bits, this.numbers);
      if (other.kind === "few") put(this.bits, other.numbers);
    } else if (other.kind === "bits") combine.OR(this.writable(), other.bits);
    else put(this.writable(), other.numbers);
  }
}

/** The numbers whose bit is `wanted`. */
function among(numbers: Uint32Array, bits: Bitset, wanted: 0 | 1): Uint32Array {
  const kept = new Uint32Array(numbers.length);
  let count = 0;
  for (let i = 0; i < numbers.length; i++) {
    const record = numbers[i]!;
    if (((bits[record >>> 5]! >>> (record & 31)) & 1) === wanted) kept[count++] = record;
  }
  return kept.subarray(0, count);
}

/** The numbers of `a` that are, or that are not, in `b`. */
function inBoth(a: Uint32Array, b: Uint32Array, wanted: boolean): Uint32Array {
  const kept = new Uint32Array(a.length);
  let [count, at] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    at = seek(b, a[i]!, at, b.length);
    if ((at < b.length && b[at] === a[i]) === wanted) kept[count++] = a[i]!;
  }
  return kept.subarray(0, count);
}

function put(bits: Bitset, numbers: Uint32Array): void {
  for (let i = 0; i < numbers.length; i++) bits[numbers[i]! >>> 5]! |= 1 << (numbers[i]! & 31);
}

function strike(bits: Bitset, numbers: Uint32Array): void {
  for (let i = 0; i < numbers.length; i++) bits[numbers[i]! >>> 5]! &= ~(1 << (numbers[i]! & 31));
}

/** Both ascending lists as one, each record once. */
function merged(a: Uint32Array, b: Uint32Array): Uint32Array {
  const all = new Uint32Array(a.length + b.length);
  let [i, j, count] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i]!, b[j]!];
    all[count++] = x < y ? x : y;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  while (i < a.length) all[count++] = a[i++]!;
  while (j < b.length) all[count++] = b[j++]!;
  return all.subarray(0, count);
}
