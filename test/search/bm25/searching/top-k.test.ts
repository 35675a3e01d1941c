import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { TopK } from "../../../../lib/search/bm25/searching/top-k";

const topK = (k: number, greatest: number, threshold?: number): TopK => {
  const top = new TopK();
  top.begin(k, greatest, threshold);
  return top;
};

test("the best are kept, best first, equal scores by document number", () => {
  const top = topK(3, 3);
  for (const [doc, score] of [
    [5, 1],
    [2, 3],
    [9, 2],
    [1, 2],
    [7, 2],
    [0, 0.5],
  ] as const)
    top.offer(doc, score);
  const { docs, scores } = top.ranked();
  assert.equal([...docs], [2, 1, 7]);
  assert.equal([...scores], [3, 2, 2]);
});

test("for any k and any scores the result is that of sorting all; a second query is not affected by the first", () => {
  const rng = random("top-k");
  const top = new TopK();
  for (const [k, offered, different] of [
    [0, 5, 500],
    [1, 500, 500],
    [10, 5000, 500],
    [100, 90, 500],
    [700, 20_000, 500],
    [700, 20_000, 2],
    [3, 9000, 1],
    [5000, 20_000, 1e6],
  ] as const) {
    top.begin(k, different / 7 + 1);
    const all = Array.from({ length: offered }, (_, doc) => ({
      doc,
      score: Math.fround(1 + rng.below(different) / 7),
    }));
    for (const { doc, score } of rng.shuffle(all)) if (score >= top.threshold) top.offer(doc, score);
    const expected = all.sort((a, b) => b.score - a.score || a.doc - b.doc).slice(0, k);
    const { docs, scores } = top.ranked();
    assert.equal(
      [...docs],
      expected.map(({ doc }) => doc),
      `k ${k}`,
    );
    assert.equal(
      [...scores],
      expected.map(({ score }) => score),
      `k ${k}`,
    );
  }
});

test("the threshold is the least of all before there are k, and then never above the k-th best", () => {
  const top = topK(2, 10);
  top.offer(1, 5);
  assert.is(top.threshold, Number.MIN_VALUE);
  top.offer(2, 7);
  // the lower edge of one of 2048 bins from 0 to 10
  assert.ok(top.threshold > 4.9 && top.threshold < 5, `${top.threshold}`);
  top.offer(3, 5);
  assert.equal([...top.ranked().docs], [2, 1]);
});

test("what is below a given threshold does not count", () => {
  const top = topK(2, 10, 6);
  for (const [doc, score] of [
    [1, 5],
    [2, 7],
  ] as const)
    if (score >= top.threshold) top.offer(doc, score);
  assert.equal([...top.ranked().docs], [2]);
});

test.run();
