/** A set of records with one bit for each, 32 to a word. Record 0, the newest, is the lowest bit. */
export type Bitset = Uint32Array;

export const emptySet = (size: number): Bitset => new Uint32Array((size + 31) >>> 5);

export function add(set: Bitset, record: number): void {
  set[record >>> 5]! |= 1 << (record & 31);
}

export const has = (set: Bitset, record: number): boolean => ((set[record >>> 5]! >>> (record & 31)) & 1) === 1;

/** Adds the records [from, to). */
export function addRange(set: Bitset, from: number, to: number): void {
  for (let record = from; record < to && record & 31; record++) add(set, record);
  const [low, high] = [(from + 31) >>> 5, to >>> 5];
  if (low < high) set.fill(0xffffffff, low, high);
  for (let record = Math.max(from, high * 32); record < to; record++) add(set, record);
}

/** Combines two sets; the left one is overwritten with the result. PubMed's NOT is the set difference. */
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

/** The number of records of the set in [from, to). */
export function sizeIn(set: Bitset, from: number, to: number): number {
  if (from >= to) return 0;
  const [low, high] = [from >>> 5, (to - 1) >>> 5];
  let total = ones(wordIn(set, low, from, to));
  for (let i = low + 1; i < high; i++) total += ones(set[i]!);
  return high > low ? total + ones(wordIn(set, high, from, to)) : total;
}

/** The first `k` records of the set in [from, to), ascending. */
export function first(set: Bitset, k: number, from = 0, to = set.length * 32): number[] {
  const records: number[] = [];
  for (let i = from >>> 5; i * 32 < to && records.length < k; i++) {
    for (let word = wordIn(set, i, from, to); word !== 0 && records.length < k; word &= word - 1) {
      records.push(i * 32 + 31 - Math.clz32(word & -word)); // the lowest set bit
    }
  }
  return records;
}

/**
 * Writes the records of the set to `into`, ascending, and returns their number. A result above the length of `into`
 * means that there are too many.
 */
export function listed(set: Bitset, into: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < set.length; i++) {
    for (let word = set[i]!; word !== 0; word &= word - 1) {
      if (count === into.length) return count + 1;
      into[count++] = i * 32 + 31 - Math.clz32(word & -word);
    }
  }
  return count;
}

/** The end of the shortest range from `from` that holds `k` records of the set, or the end of the set. */
export function cutAt(set: Bitset, k: number, from = 0): number {
  let left = Math.floor(k);
  if (!(left > 0)) return from;
  for (let i = from >>> 5; i < set.length; i++) {
    let word = wordIn(set, i, from, set.length * 32);
    const here = ones(word);
    if (here < left) {
      left -= here;
      continue;
    }
    while (--left > 0) word &= word - 1; // remove the lowest set bit
    return i * 32 + 32 - Math.clz32(word & -word);
  }
  return set.length * 32;
}

/** Word `i` of the set, with the bits of the records [from, to) alone. */
function wordIn(set: Bitset, i: number, from: number, to: number): number {
  let word = set[i]!;
  if (i * 32 < from) word &= 0xffffffff << (from & 31);
  if (i * 32 + 32 > to) word &= 0xffffffff >>> (32 - (to & 31));
  return word;
}

function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
