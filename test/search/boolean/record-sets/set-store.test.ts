import { test } from "uvu";
import * as assert from "uvu/assert";
import { firstIn, type RecordSet } from "../../../../lib/search/boolean/record-sets/record-set";
import { SetStore } from "../../../../lib/search/boolean/record-sets/set-store";

const records = 25_600; // up to 100 are a list; bits take 3200 bytes
const listed = (set: RecordSet) => [...firstIn(set, records, 0, records)];
const numbered = (first: number, count: number) => Uint32Array.from({ length: count }, (_, i) => first + i);

test("a set is made once, and again only when it was let go of: not asked for while half the memory was filled", () => {
  const store = new SetStore(records, 8000); // two halves of 4000 bytes
  const made: string[] = [];
  const kept = (key: string, first: number) =>
    store.kept(key, () => (made.push(key), store.list(numbered(first, 100))));
  kept("a", 0);
  kept("a", 0);
  assert.equal(made, ["a"]);
  for (let i = 0; i < 30; i++) {
    // 12,000 bytes in all
    store.turn();
    kept(`x${i}`, 100 + i);
    assert.equal(listed(kept("a", 0)), [...numbered(0, 100)]); // asked for all the time, so it stays
  }
  assert.is(made.filter((key) => key === "a").length, 1);
  store.turn();
  kept("x0", 100);
  assert.is(made.filter((key) => key === "x0").length, 2);
});

test("what was handed out since the last turn stays as it is, however much that is", () => {
  const store = new SetStore(records, 1000);
  store.turn();
  const sets = Array.from({ length: 50 }, (_, i) =>
    store.kept(String(i), () => (i % 2 ? store.range(i, i + 1000) : store.list(numbered(i, 50)))),
  );
  for (const [i, set] of sets.entries()) assert.equal(listed(set), [...numbered(i, i % 2 ? 1000 : 50)]);
});

test.run();
