import { Arena } from "./arena";
import { add, addRange, type Bitset } from "./bitset";
import { mostMade, type RecordSet } from "./record-set";

/**
 * Keeps the sets made lately, by key, within `most` bytes. Two generations: what is asked for moves to the young one,
 * and when that has half the bytes, the old one, of sets not asked for since, is let go of as a whole. That happens in
 * `turn` alone, between two queries: a set is good until the query that it was made for is answered, and no longer.
 */
export class SetStore {
  private young = new Map<string, RecordSet>();
  private old = new Map<string, RecordSet>();
  private characters = 0; // of the young keys
  private arena: Arena;
  private oldArena: Arena;

  /**
   * @param reserve whether to ask for the memory now, beside an index that takes many times more, and not query by
   * query
   */
  constructor(
    private readonly records: number,
    private readonly most: number,
    { reserve = false } = {},
  ) {
    const words = Math.max(64, (records + 31) >>> 5);
    [this.arena, this.oldArena] = [new Arena(words, reserve ? most / 2 : 0), new Arena(words, reserve ? most / 2 : 0)];
  }

  /** The set that `key` names, made if it is not here. */
  kept(key: string, make: () => RecordSet): RecordSet {
    const known = this.young.get(key);
    if (known) return known;
    const before = this.old.get(key);
    const set = before ? this.copy(before) : make();
    this.young.set(key, set);
    this.characters += key.length;
    return set;
  }

  /** Stores an ascending list, in the form that suits its length. Borrows it. */
  list(numbers: Uint32Array): RecordSet {
    if (numbers.length <= mostMade(this.records)) return { kind: "few", numbers: this.arena.copy(numbers) };
    const bits = this.arena.take((this.records + 31) >>> 5).fill(0);
    for (let i = 0; i < numbers.length; i++) add(bits, numbers[i]!);
    return { kind: "bits", bits };
  }

  /** Stores the records from `from` up to but not including `to`. */
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

  /** To be called between two queries: all sets handed out before may change. */
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
