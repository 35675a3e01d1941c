import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { firstIn, type RecordSet } from "../../../../lib/search/boolean/record-sets/record-set";
import { setsOf } from "../../../../lib/search/boolean/record-sets/sets";

const records = 1000;
const rng = random("joined sets");
const drawn = (share: number) =>
  Array.from({ length: records }, (_, record) => record).filter(() => rng.next() < share);
const listed = (set: RecordSet) => [...firstIn(set, records, 0, records)];
const { store, gather, joiner } = setsOf(records);
const setOf = (numbers: readonly number[]): RecordSet =>
  numbers.length > 3 && numbers.length <= 15
    ? { kind: "few", numbers: Uint32Array.from(numbers) }
    : store.list(Uint32Array.from(numbers)); // as the index has them: 1000 / 64 = 15.6

test("sets of every form are joined from left to right like sets of numbers; shared sets are not written to", () => {
  for (let i = 0; i < 500; i++) {
    const parts = Array.from({ length: 1 + rng.below(5) }, () => ({
      operator: rng.pick(["AND", "OR", "NOT"] as const),
      numbers: drawn(rng.pick([0, 0.001, 0.003, 0.01, 0.014, 0.02, 0.5])),
    }));
    const steps = parts.map(({ operator, numbers }) => ({ operator, set: setOf(numbers) }));
    let expected = new Set(parts[0]!.numbers);
    for (const { operator, numbers } of parts.slice(1)) {
      const other = new Set(numbers);
      expected =
        operator === "OR"
          ? new Set([...expected, ...other])
          : new Set([...expected].filter((number) => other.has(number) === (operator === "AND")));
    }
    assert.equal(
      listed(joiner.join(steps)),
      [...expected].sort((a, b) => a - b),
    );
    const all = new Set(parts.flatMap(({ numbers }) => numbers));
    assert.equal(
      listed(joiner.either(steps.map(({ set }) => set))),
      [...all].sort((a, b) => a - b),
    );
    for (const [n, { numbers }] of parts.entries()) assert.equal(listed(steps[n]!.set), numbers);
    store.turn();
  }
});

test("a result of few records is a list, also where bits were joined", () => {
  const [even, odd] = [0, 1].map((rest) => setOf(Array.from({ length: 500 }, (_, i) => i * 2 + rest)));
  assert.is(even!.kind, "bits");
  assert.equal(
    joiner.join([
      { operator: "AND", set: even! },
      { operator: "AND", set: odd! },
    ]),
    { kind: "few", numbers: new Uint32Array(0) },
  );
});

test("records are collected in any order, and the next set begins empty", () => {
  for (const numbers of [
    [],
    [999, 0, 31, 31],
    [999, 0, 31, 32, 31],
    Array.from({ length: 15 }, (_, i) => 900 - i * 60),
    Array.from({ length: 300 }, (_, i) => (i * 7) % 1000),
  ]) {
    for (const number of numbers) gather.add(number);
    gather.addAll(Uint32Array.from(numbers));
    const set = gather.take();
    assert.equal(
      listed(set),
      [...new Set(numbers)].sort((a, b) => a - b),
    );
    assert.is(set.kind, new Set(numbers).size > 3 ? "bits" : "few"); // 1000 / 256 = 3.9
  }
});

test.run();
