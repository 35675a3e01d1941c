import { Arena } from "./arena";
import { add, addRange, type Bitset } from "./bitset";
import { mostMade, type RecordSet } from "./record-set";

/**
 * Keeps the sets of look-ups and groups by key, within `most` bytes.
 *
 * It is no memo of core/memo.ts, because the memory of its sets is released as a whole. There are two generations, each
 * with an arena. A set that is asked for moves to the young generation. When that one holds half the bytes, `turn`
 * releases the old one with all sets that were not asked for since. `turn` is called between two queries, so a set is
 * valid until its query is answered, and no longer.
 */
export class SetStore {
  private young = new Map<string, RecordSet>();
  private old = new Map<string, RecordSet>();
  private characters = 0; // of the keys of the young generation
  private arena: Arena;
  private oldArena: Arena;

  /**
   * @param reserve whether to ask for all memory now, instead of query by query: for an index that takes many times
   *    more
   */
  constructor(
    private readonly records: number,
    private readonly most: number,
    { reserve = false } = {},
  ) {
    const words = Math.max(64, (records + 31) >>> 5);
    [this.arena, this.oldArena] = [new Arena(words, reserve ? most / 2 : 0), new Arena(words, reserve ? most / 2 : 0)];
  }

  /** The set with this key. It is made if it is not kept. */
  kept(key: string, make: () => RecordSet): RecordSet {
    const known = this.young.get(key);
    if (known) return known;
    const before = this.old.get(key);
    const set = before ? this.copy(before) : make();
    this.young.set(key, set);
    this.characters += key.length;
    return set;
  }

  /** Stores an ascending list, as a list or as bits, depending on its length. Borrows it. */
  list(numbers: Uint32Array): RecordSet {
    if (numbers.length <= mostMade(this.records)) return { kind: "few", numbers: this.arena.copy(numbers) };
    const bits = this.arena.take((this.records + 31) >>> 5).fill(0);
    for (let i = 0; i < numbers.length; i++) add(bits, numbers[i]!);
    return { kind: "bits", bits };
  }

  /** Stores the records [from, to). */
  range(from: number, to: number): RecordSet {
    if (to - from <= mostMade(this.records))
      return this.list(Uint32Array.from({ length: to - from }, (_, i) => from + i));
    const bits = this.arena.take((this.records + 31) >>> 5).fill(0);
    addRange(bits, from, to);
    return { kind: "bits", bits };
  }

  /** Stores bits as they are. Borrows them. */
  bits(bits: Bitset): RecordSet {
    return { kind: "bits", bits: this.arena.copy(bits) };
  }

  /** Must be called between two queries. It may overwrite all sets that were handed out before. */
  turn(): void {
    if (this.arena.bytes + this.characters * 2 <= this.most / 2) return;
    [this.young, this.old, this.characters] = [new Map(), this.young, 0];
    [this.arena, this.oldArena] = [this.oldArena, this.arena];
    this.arena.reset(this.most / 2);
  }

  private copy(set: RecordSet): RecordSet {
    return set.kind === "few" ? { kind: "few", numbers: this.arena.copy(set.numbers) } : this.bits(set.bits);
  }
}
