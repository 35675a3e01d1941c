import { emptySet, type Bitset } from "./bitset";
import { mostMade, type RecordSet } from "./record-set";
import { seek } from "./seek";
import type { SetStore } from "./set-store";

const gallops = 12; // a list this many times longer than the other one is searched; otherwise both are read

/**
 * Collects records in any order, any number of times, and hands them out as a set. The cost grows with the records
 * collected, not with the corpus: a second bitset marks the words in use, and only these are read and cleared again.
 */
export class Gather {
  private readonly bits: Bitset; // all bits are 0 between two sets
  private readonly used: Bitset; // one bit for each word of `bits` that is not 0
  private readonly numbers: Uint32Array; // room for the longest list, and for the bits of one more word

  constructor(
    readonly records: number,
    readonly store: SetStore,
  ) {
    this.bits = emptySet(records);
    this.used = emptySet(this.bits.length);
    this.numbers = new Uint32Array(mostMade(records) + 32);
  }

  add(record: number): void {
    const word = record >>> 5;
    this.bits[word]! |= 1 << (record & 31);
    this.used[word >>> 5]! |= 1 << (word & 31);
  }

  addAll(numbers: Uint32Array): void {
    const { bits, used } = this;
    for (let i = 0; i < numbers.length; i++) {
      const record = numbers[i]!;
      const word = record >>> 5;
      bits[word]! |= 1 << (record & 31);
      used[word >>> 5]! |= 1 << (word & 31);
    }
  }

  /** Stores the collected records as a set. The next set begins empty. */
  take(): RecordSet {
    const { bits, used, numbers } = this;
    let count = 0;
    for (let i = 0; i < used.length; i++) {
      for (let left = used[i]!; left !== 0; left &= left - 1) {
        const at = i * 32 + 31 - Math.clz32(left & -left);
        if (count + 32 > numbers.length) return this.takeBits();
        for (let word = bits[at]!; word !== 0; word &= word - 1)
          numbers[count++] = at * 32 + 31 - Math.clz32(word & -word);
      }
    }
    if (count > mostMade(this.records)) return this.takeBits();
    for (let i = 0; i < used.length; i++) {
      for (let left = used[i]!; left !== 0; left &= left - 1) bits[i * 32 + 31 - Math.clz32(left & -left)] = 0;
      used[i] = 0;
    }
    return this.store.list(numbers.subarray(0, count));
  }

  /**
   * Writes the numbers of an ascending list that are in another list (`wanted` 1) or are not (`wanted` 0) to `into`,
   * and returns how many they are.
   */
  among(numbers: Uint32Array, others: Uint32Array, wanted: 0 | 1, into: Uint32Array): number {
    const { bits } = this;
    if (numbers.length * gallops < others.length) return lookedUp(numbers, others, wanted, into);
    for (let i = 0; i < others.length; i++) bits[others[i]! >>> 5]! |= 1 << (others[i]! & 31);
    const count = among(numbers, bits, wanted, into);
    for (let i = 0; i < others.length; i++) bits[others[i]! >>> 5] = 0;
    return count;
  }

  private takeBits(): RecordSet {
    const set = this.store.bits(this.bits);
    this.bits.fill(0);
    this.used.fill(0);
    return set;
  }
}

/** Writes the numbers whose bit equals `wanted` to `into`, and returns how many they are. */
export function among(numbers: Uint32Array, bits: Bitset, wanted: 0 | 1, into: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < numbers.length; i++) {
    const record = numbers[i]!;
    into[count] = record; // the next record overwrites it if this one does not match
    count += 1 ^ wanted ^ ((bits[record >>> 5]! >>> (record & 31)) & 1);
  }
  return count;
}

function lookedUp(numbers: Uint32Array, others: Uint32Array, wanted: 0 | 1, into: Uint32Array): number {
  let [count, at] = [0, 0];
  for (let i = 0; i < numbers.length; i++) {
    at = seek(others, numbers[i]!, at, others.length);
    if ((at < others.length && others[at] === numbers[i] ? 1 : 0) === wanted) into[count++] = numbers[i]!;
  }
  return count;
}
