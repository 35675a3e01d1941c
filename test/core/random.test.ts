import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";

test("a stream is named by seed and path, not by what was read before it", () => {
  const fresh = random(42).fork("rollout", 7).next();
  const run = random(42);
  run.next();
  assert.is(run.fork("rollout", 7).next(), fresh);
  assert.is.not(run.fork("rollout", 8).next(), fresh);
  assert.is.not(random(43).fork("rollout", 7).next(), fresh);
});

test("a path may be walked in one step or in several", () => {
  assert.is(random(1).fork("a", 2).next(), random(1).fork("a").fork(2).next());
});

test("numbers stay in [0, 1) and are spread evenly", () => {
  const rng = random("uniform");
  const bins = Array<number>(10).fill(0);
  for (let i = 0; i < 20_000; i++) {
    const u = rng.next();
    assert.ok(u >= 0 && u < 1);
    bins[Math.floor(u * 10)]! += 1;
  }
  // 2,000 expected in each; the deviation is √(20000·0.1·0.9) = 42, five of them 212
  for (const count of bins) assert.ok(Math.abs(count - 2000) < 212, `${bins}`);
});

test("neighbouring seeds are unrelated: the first numbers of 1,000 of them are spread evenly too", () => {
  const bins = Array<number>(10).fill(0);
  for (let seed = 0; seed < 1000; seed++) bins[Math.floor(random(seed).next() * 10)]! += 1;
  for (const count of bins) assert.ok(Math.abs(count - 100) < 50, `${bins}`); // deviation 9.5
});

test("below(n) reaches each of 0 … n − 1 and nothing else", () => {
  const rng = random(3);
  const seen = new Set(Array.from({ length: 200 }, () => rng.below(5)));
  assert.equal([...seen].sort(), [0, 1, 2, 3, 4]);
});

test("weighted chooses in proportion, and never what weighs nothing", () => {
  const rng = random(5);
  const counts = [0, 0, 0];
  for (let i = 0; i < 4000; i++) counts[rng.weighted([1, 0, 3])]! += 1;
  assert.is(counts[1], 0);
  assert.ok(Math.abs(counts[0]! - 1000) < 140, `${counts}`); // deviation √(4000·¼·¾) = 27
});

test("shuffle keeps the items, leaves its argument alone, and reaches every order", () => {
  const items = [1, 2, 3];
  const rng = random(9);
  const orders = new Set(Array.from({ length: 200 }, () => rng.shuffle(items).join("")));
  assert.equal([...orders].sort(), ["123", "132", "213", "231", "312", "321"]);
  assert.equal(items, [1, 2, 3]);
});

test("the stream of a seed does not change between versions: metrics files depend on it", () => {
  const rng = random(42);
  assert.equal(
    [rng.next(), rng.next()].map((u) => u.toFixed(9)),
    ["0.201784910", "0.070064214"],
  );
});

test.run();
