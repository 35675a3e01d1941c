import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { contains, countIn, cutOf, firstIn, isEmpty } from "../../../../lib/search/boolean/record-sets/record-set";
import { setsOf } from "../../../../lib/search/boolean/record-sets/sets";

const records = 1000;
const rng = random("record sets");
const drawn = (share: number) =>
  Array.from({ length: records }, (_, record) => record).filter(() => rng.next() < share);

test("up to one record in 256 is made a list, more are bits, and both answer alike", () => {
  const { store } = setsOf(records);
  for (const [share, kind] of [
    [0, "few"],
    [0.002, "few"],
    [0.5, "bits"],
    [1, "bits"],
  ] as const) {
    const numbers = drawn(share);
    const set = store.list(Uint32Array.from(numbers));
    assert.is(set.kind, kind);
    assert.is(isEmpty(set), numbers.length === 0);
    for (const [from, to] of [
      [0, 1000],
      [3, 3],
      [100, 700],
      [700, 100],
      [999, 1000],
    ] as const) {
      const inside = numbers.filter((number) => number >= from && number < to);
      assert.is(countIn(set, from, to), inside.length);
      for (const k of [0, 1, 3, 7.5, 5000]) {
        assert.equal([...firstIn(set, k, from, to)], inside.slice(0, Math.floor(k)));
        if (inside.length > k) assert.is(inside.filter((number) => number < cutOf(set, k, from)).length, Math.floor(k));
      }
    }
    for (let record = 0; record < records; record += 13) assert.is(contains(set, record), numbers.includes(record));
  }
});

test.run();
