import { pack, shared, type Strings } from "./strings";

/** Numbers of index terms, in a hash table with open addressing over packed strings. */
export interface Dictionary extends Strings {
  readonly slots: Uint32Array; // [a power of two] number of the term + 1, or 0 for a free slot
}

/** The dictionary of `terms`, which are distinct. The number of a term is its index. */
export function dictionary(terms: readonly string[]): Dictionary {
  const slots = shared(Uint32Array, 2 ** Math.ceil(Math.log2(terms.length * 1.5 + 2)));
  for (const [i, term] of terms.entries()) {
    let slot = hash(term) & (slots.length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
    slots[slot] = i + 1;
  }
  return { ...pack(terms), slots };
}

/** The number of `term`; −1 if the dictionary does not have it. */
export function find({ units, ends, slots }: Dictionary, term: string): number {
  for (let slot = hash(term) & (slots.length - 1); slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
    const i = slots[slot]! - 1;
    const start = i === 0 ? 0 : ends[i - 1]!;
    if (ends[i]! - start !== term.length) continue;
    let same = 0;
    while (same < term.length && units[start + same] === term.charCodeAt(same)) same++;
    if (same === term.length) return i;
  }
  return -1;
}

/** FNV-1a over UTF-16 units; its high bits are folded down. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
