/** A set of records, one bit each, 32 to a word. Record 0 is the newest, so low bits come first in a result. */
export type Bitset = Uint32Array;

export const emptySet = (size: number): Bitset => new Uint32Array((size + 31) >>> 5);

export function add(set: Bitset, record: number): void {
  set[record >>> 5]! |= 1 << (record & 31);
}

export const has = (set: Bitset, record: number): boolean => ((set[record >>> 5]! >>> (record & 31)) & 1) === 1;

/** Adds the records from `from` up to but not including `to`. */
export function addRange(set: Bitset, from: number, to: number): void {
  for (let record = from; record < to && record & 31; record++) add(set, record);
  const [low, high] = [(from + 31) >>> 5, to >>> 5];
  if (low < high) set.fill(0xffffffff, low, high);
  for (let record = Math.max(from, high * 32); record < to; record++) add(set, record);
}

/** A copy with only the records from `from` up to but not including `to`. */
export function keepRange(set: Bitset, from: number, to: number): Bitset {
  const kept = new Uint32Array(set.length);
  if (from >= to) return kept;
  const [low, high] = [from >>> 5, (to - 1) >>> 5];
  kept.set(set.subarray(low, high + 1), low);
  kept[low]! &= 0xffffffff << (from & 31);
  kept[high]! &= 0xffffffff >>> (31 - ((to - 1) & 31));
  return kept;
}

/** Combines in place: the left set takes the result. PubMed's NOT is set difference. */
export const combine = {
  AND: (left: Bitset, right: Bitset): void => {
    for (let i = 0; i < left.length; i++) left[i]! &= right[i]!;
  },
  OR: (left: Bitset, right: Bitset): void => {
    for (let i = 0; i < left.length; i++) left[i]! |= right[i]!;
  },
  NOT: (left: Bitset, right: Bitset): void => {
    for (let i = 0; i < left.length; i++) left[i]! &= ~right[i]!;
  },
} as const;

/** How many records are in the set. */
export function size(set: Bitset): number {
  let total = 0;
  for (let i = 0; i < set.length; i++) total += ones(set[i]!);
  return total;
}

/** The first `k` records, in order. */
export function first(set: Bitset, k: number): number[] {
  const records: number[] = [];
  for (let i = 0; i < set.length && records.length < k; i++) {
    for (let word = set[i]!; word !== 0 && records.length < k; word &= word - 1) {
      records.push(i * 32 + 31 - Math.clz32(word & -word)); // its lowest set bit
    }
  }
  return records;
}

/** The number of the record behind the first `k` ones, or the end of the set: what lies below it is what a cut at `k` keeps. */
export function cutAt(set: Bitset, k: number): number {
  let left = Math.floor(k);
  if (!(left > 0)) return 0;
  for (let i = 0; i < set.length; i++) {
    const here = ones(set[i]!);
    if (here < left) {
      left -= here;
      continue;
    }
    let word = set[i]!;
    while (--left > 0) word &= word - 1; // drop its lowest bit
    return i * 32 + 32 - Math.clz32(word & -word);
  }
  return set.length * 32;
}

function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
