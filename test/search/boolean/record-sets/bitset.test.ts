import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  addRange,
  combine,
  cutAt,
  emptySet,
  first,
  has,
  listed,
  sizeIn,
} from "../../../../lib/search/boolean/record-sets/bitset";

const setOf = (...records: number[]) => {
  const set = emptySet(100);
  for (const record of records) add(set, record);
  return set;
};

test("records come back in order, across the borders of 32-bit words", () => {
  const set = setOf(64, 0, 31, 32, 63, 99);
  assert.equal(first(set, 100), [0, 31, 32, 63, 64, 99]);
  assert.equal(first(set, 2), [0, 31]);
  assert.equal(first(set, 0), []);
  assert.is(sizeIn(set, 0, 100), 6);
});

test("AND, OR and NOT are intersection, union and difference", () => {
  for (const [operator, expected] of [
    ["AND", [2, 40]],
    ["OR", [1, 2, 3, 40]],
    ["NOT", [1]],
  ] as const) {
    const left = setOf(1, 2, 40);
    combine[operator](left, setOf(2, 3, 40));
    assert.equal(first(left, 100), [...expected]);
  }
});

test("of a range, what lies in [from, to) is counted and listed, and nothing else", () => {
  const all = emptySet(100);
  addRange(all, 0, 100);
  for (const [from, to] of [
    [0, 100],
    [0, 0],
    [5, 5],
    [31, 33],
    [32, 64],
    [63, 64],
    [0, 1],
    [99, 100],
    [7, 97],
    [40, 3],
  ] as const) {
    assert.is(sizeIn(all, from, to), Math.max(0, to - from));
    assert.equal(
      first(all, 100, from, to),
      Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i),
    );
  }
});

test("a set is written out as long as there is room", () => {
  const set = setOf(64, 0, 31, 99);
  const room = new Uint32Array(4);
  assert.is(listed(set, room), 4);
  assert.equal([...room], [0, 31, 64, 99]);
  assert.is(listed(set, new Uint32Array(3)), 4); // more than 3: too many
  assert.is(listed(emptySet(100), new Uint32Array(0)), 0);
});

test("the cut at k lies behind the k-th record", () => {
  const set = setOf(64, 0, 31, 32, 63, 99);
  assert.equal(
    [0, 1, 2, 3, 4, 5, 6].map((k) => cutAt(set, k)),
    [0, 1, 32, 33, 64, 65, 100],
  );
  assert.ok(cutAt(set, 7) >= 100);
  assert.equal(
    [0, 1, 2, 3].map((k) => cutAt(set, k, 31)),
    [31, 32, 33, 64],
  ); // of those from 31 on
  assert.equal([has(set, 31), has(set, 30), has(set, 99)], [true, false, true]);
});

test.run();
