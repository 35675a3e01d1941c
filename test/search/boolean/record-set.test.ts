import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { add, emptySet, first } from "../../../lib/search/boolean/bitset";
import { contains, countOf, cutOf, firstOf, Joined, recordSet, within, type RecordSet } from "../../../lib/search/boolean/record-set";

const records = 1000;
const rng = random("record sets");
const drawn = (share: number) => Array.from({ length: records }, (_, record) => record).filter(() => rng.next() < share);
const setOf = (numbers: readonly number[]): RecordSet => {
  const bits = emptySet(records);
  for (const number of numbers) add(bits, number);
  return recordSet(bits, records);
};
const listed = (set: RecordSet) => (set.kind === "few" ? [...set.numbers] : first(set.bits, records));

test("up to one record in 64 is a list, more are bits, and both answer alike", () => {
  for (const [share, kind] of [[0, "few"], [0.005, "few"], [0.5, "bits"], [1, "bits"]] as const) {
    const numbers = drawn(share);
    const set = setOf(numbers);
    assert.is(set.kind, kind);
    assert.equal(listed(set), numbers);
    assert.is(countOf(set), numbers.length);
    for (const k of [0, 1, 3, 7.5, 5000]) {
      assert.equal([...firstOf(set, k)], numbers.slice(0, Math.floor(k)));
      const end = cutOf(set, k);
      assert.is(numbers.filter((number) => number < end).length, Math.min(Math.floor(k), numbers.length));
    }
    for (const [from, to] of [[0, 1000], [3, 3], [100, 700], [700, 100], [999, 1000]] as const) {
      if (from <= to) assert.equal(listed(within(set, from, to)), numbers.filter((number) => number >= from && number < to));
    }
    for (let record = 0; record < records; record += 13) assert.is(contains(set, record), numbers.includes(record));
  }
});

test("joined from left to right they are what sets of numbers are, whatever their forms; nothing shared is written to", () => {
  for (let i = 0; i < 300; i++) {
    const parts = Array.from({ length: 1 + rng.below(5) }, () => ({ operator: rng.pick(["AND", "OR", "NOT"] as const), numbers: drawn(rng.pick([0, 0.003, 0.01, 0.02, 0.5])) }));
    const sets = parts.map(({ numbers }) => setOf(numbers));
    const result = new Joined(sets[0]!, records);
    let expected = new Set(parts[0]!.numbers);
    for (const [n, { operator, numbers }] of parts.entries()) {
      if (n === 0) continue;
      result.join(operator, sets[n]!);
      const other = new Set(numbers);
      expected = operator === "OR" ? new Set([...expected, ...other]) : new Set([...expected].filter((number) => other.has(number) === (operator === "AND")));
    }
    assert.equal(listed(result.result()), [...expected].sort((a, b) => a - b));
    for (const [n, { numbers }] of parts.entries()) assert.equal(listed(sets[n]!), numbers);
  }
});

test.run();
