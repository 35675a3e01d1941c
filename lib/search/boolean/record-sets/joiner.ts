import { combine, emptySet, listed, type Bitset } from "./bitset";
import { among, type Gather } from "./gather";
import { mostFew, mostMade, type RecordSet } from "./record-set";
import type { Operator } from "../syntax/query";

/** A set, with the operator that joins it to the sets on its left. The operator of the first set has no effect. */
interface Step {
  readonly operator: Operator;
  readonly set: RecordSet;
}

/** Joins sets from left to right in memory of its own. The sets are only read, and only the result is stored. */
export class Joiner {
  private readonly bits: Bitset;
  private lists: [Uint32Array, Uint32Array]; // the first one is written; the second one may hold the left side
  private left: RecordSet = { kind: "few", numbers: new Uint32Array(0) };

  constructor(private readonly gather: Gather) {
    const most = mostFew(gather.records);
    this.bits = emptySet(gather.records);
    this.lists = [new Uint32Array(most), new Uint32Array(most)];
  }

  join([first, ...others]: readonly Step[]): RecordSet {
    this.left = first!.set;
    for (const { operator, set } of others) {
      if (operator === "OR") this.add(set);
      else if (operator === "NOT") this.remove(set);
      else this.keep(set);
    }
    return this.left === first!.set ? this.left : this.stored(this.left);
  }

  /** The union of the sets. Lists are collected all at once. */
  either(sets: readonly RecordSet[]): RecordSet {
    const many = sets.filter(({ kind }) => kind === "bits");
    if (many.length > 0)
      return this.join([...many, ...sets.filter(({ kind }) => kind === "few")].map((set) => ({ operator: "OR", set })));
    for (const set of sets) if (set.kind === "few") this.gather.addAll(set.numbers);
    return this.gather.take();
  }

  private keep(other: RecordSet): void {
    const {
      left,
      gather,
      lists: [into],
    } = this;
    if (left.kind === "bits" && other.kind === "bits") combine.AND(this.writable(left.bits), other.bits);
    else if (left.kind === "bits") this.list(other.kind === "few" ? among(other.numbers, left.bits, 1, into) : 0);
    else if (other.kind === "bits") this.list(among(left.numbers, other.bits, 1, into));
    else if (left.numbers.length < other.numbers.length) this.list(gather.among(left.numbers, other.numbers, 1, into));
    else this.list(gather.among(other.numbers, left.numbers, 1, into));
  }

  private remove(other: RecordSet): void {
    const {
      left,
      gather,
      lists: [into],
    } = this;
    if (left.kind === "few")
      this.list(
        other.kind === "few"
          ? gather.among(left.numbers, other.numbers, 0, into)
          : among(left.numbers, other.bits, 0, into),
      );
    else if (other.kind === "bits") combine.NOT(this.writable(left.bits), other.bits);
    else strike(this.writable(left.bits), other.numbers);
  }

  private add(other: RecordSet): void {
    const { left, gather } = this;
    if (left.kind === "few" && other.kind === "few") {
      gather.addAll(left.numbers);
      gather.addAll(other.numbers);
      this.left = gather.take();
      return;
    }
    const bits = this.writable(left.kind === "bits" ? left.bits : other.kind === "bits" ? other.bits : this.bits);
    const rest = left.kind === "bits" ? other : left;
    if (rest.kind === "bits") combine.OR(bits, rest.bits);
    else put(bits, rest.numbers);
  }

  /** Makes the first `count` numbers of the written list the left side. */
  private list(count: number): void {
    const [written, read] = this.lists;
    this.left = { kind: "few", numbers: written.subarray(0, count) };
    this.lists = [read, written];
  }

  /** The bits of the left side, in memory that may be written. */
  private writable(bits: Bitset): Bitset {
    if (bits !== this.bits) this.bits.set(bits);
    this.left = { kind: "bits", bits: this.bits };
    return this.bits;
  }

  private stored(set: RecordSet): RecordSet {
    const { store } = this.gather;
    if (set.kind === "few") return store.list(set.numbers);
    const list = this.lists[0].subarray(0, mostMade(this.gather.records));
    const count = listed(set.bits, list);
    return count <= list.length ? store.list(list.subarray(0, count)) : store.bits(set.bits);
  }
}

function put(bits: Bitset, numbers: Uint32Array): void {
  for (let i = 0; i < numbers.length; i++) bits[numbers[i]! >>> 5]! |= 1 << (numbers[i]! & 31);
}

function strike(bits: Bitset, numbers: Uint32Array): void {
  for (let i = 0; i < numbers.length; i++) bits[numbers[i]! >>> 5]! &= ~(1 << (numbers[i]! & 31));
}
