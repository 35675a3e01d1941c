import { test } from "uvu";
import * as assert from "uvu/assert";
import { asyncMemo, memo, oncePerObject } from "../../lib/core/memo";

test("a value is computed once while it is kept; beyond `most` the entry used longest ago is dropped", () => {
  const computed: string[] = [];
  const kept = memo<string, string>({ most: 2 });
  const ask = (key: string) => kept.getOrCompute(key, () => (computed.push(key), key.toUpperCase()));
  assert.equal(["a", "b", "a", "c"].map(ask), ["A", "B", "A", "C"]); // c is the third: b goes, a was used after it
  assert.is(kept.get("a"), "A");
  assert.is(kept.get("b"), undefined);
  assert.equal(computed, ["a", "b", "c"]);
});

test("the bound is a sum of weights, and what is asked for again and again stays", () => {
  const computed: string[] = [];
  const kept = memo<string, string>({ most: 10, weightOf: (value) => value.length });
  const ask = (key: string) => kept.getOrCompute(key, () => (computed.push(key), key.repeat(2)));
  for (let i = 0; i < 20; i++) {
    assert.is(ask("a"), "aa");
    ask(String(i % 10));
  }
  assert.is(computed.filter((key) => key === "a").length, 1);
  // 2 characters each, 10 in all: of "a" and ten digits in turn no digit is kept until it comes round again
  assert.is(computed.length, 21);
});

test("a weight may be a fraction or nothing: it counts as the whole number above, and as 1 at least", () => {
  const kept = memo<number, string>({ most: 3, weightOf: (_, key) => key });
  kept.set(1.5, "2"); // weighs 2
  kept.set(0, "1"); // weighs 1, which fills it
  assert.equal([kept.get(1.5), kept.get(0)], ["2", "1"]);
  kept.set(0.25, "one more");
  assert.equal([kept.get(1.5), kept.get(0)], [undefined, "1"]);
});

test("an entry heavier than all that may be kept is returned and not kept, and sends nothing else away", () => {
  const kept = memo<string, string>({ most: 3, weightOf: (value) => value.length });
  kept.set("small", "ab");
  assert.is(kept.set("large", "abcd"), "abcd");
  assert.is(kept.get("large"), undefined);
  assert.is(kept.get("small"), "ab");
});

test("0 keeps nothing, Infinity keeps everything, and no number of another kind is a bound", () => {
  const none = memo<string, number>({ most: 0 });
  assert.is(none.set("a", 1), 1);
  assert.is(none.get("a"), undefined);
  const all = memo<number, number>({ most: Infinity, weightOf: () => 2 ** 40 });
  for (let i = 0; i < 1000; i++) all.set(i, i);
  assert.is(all.get(0), 0);
  for (const most of [-1, NaN])
    assert.throws(() => memo({ most }), new RegExp(`most is ${most}; it must be 0 or more`));
});

test("a computation that throws keeps nothing: the next one that asks computes again", () => {
  const kept = memo<string, number>({ most: 1 });
  const fail = (): number => {
    throw new Error("no value");
  };
  assert.throws(() => kept.getOrCompute("a", fail), /no value/);
  assert.is(
    kept.getOrCompute("a", () => 7),
    7,
  );
});

test("a value that is let go of is released, once, and one that is kept is not", () => {
  const closed: string[] = [];
  const kept = memo<string, string>({ most: 2, release: (value) => closed.push(value) });
  for (const key of ["a", "b", "a", "c", "c"]) kept.getOrCompute(key, () => `file ${key}`);
  assert.equal(closed, ["file b"]);
});

test("those that ask at the same time share one computation; a failed one is not kept", async () => {
  let runs = 0;
  const kept = asyncMemo<string, number>({ most: 10 });
  const later = async (): Promise<number> => {
    await undefined;
    return ++runs;
  };
  assert.equal(await Promise.all([kept("a", later), kept("a", later), kept("b", later)]), [1, 1, 2]);
  assert.is(await kept("a", later), 1);

  const down = async (): Promise<number> => {
    await undefined;
    throw new Error("the engine is down");
  };
  const outcomes = await Promise.allSettled([kept("c", down), kept("c", later)]);
  assert.equal(
    outcomes.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.is(await kept("c", later), 3);
  assert.is(runs, 3);
});

test("what follows from an object is computed once for this object, and anew for one that is equal", () => {
  let runs = 0;
  const size = oncePerObject((list: readonly number[]) => (runs++, list.length));
  const [one, other] = [
    [1, 2],
    [1, 2],
  ];
  assert.equal([size(one), size(one), size(other)], [2, 2, 2]);
  assert.is(runs, 2);
});

test.run();
