import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { TopK } from "../../../lib/search/bm25/top-k";

test("the best are kept, best first, equal scores by document number", () => {
  const top = new TopK(3);
  for (const [doc, score] of [[5, 1], [2, 3], [9, 2], [1, 2], [7, 2], [0, 0.5]] as const) top.offer(doc, score);
  const { docs, scores } = top.ranked();
  assert.equal([...docs], [2, 1, 7]);
  assert.equal([...scores], [3, 2, 2]);
});

test("whatever k and whatever comes, it is what sorting all would give", () => {
  const rng = random("top-k");
  for (const [k, offered] of [[0, 5], [1, 500], [10, 5000], [100, 90], [700, 20_000]] as const) {
    const top = new TopK(k);
    const all = Array.from({ length: offered }, (_, doc) => ({ doc, score: Math.fround(1 + rng.below(500) / 7) }));
    for (const { doc, score } of rng.shuffle(all)) {
      top.offer(doc, score);
      if (doc % 64 === 0) top.raise();
    }
    const expected = all.sort((a, b) => b.score - a.score || a.doc - b.doc).slice(0, k);
    const { docs, scores } = top.ranked();
    assert.equal([...docs], expected.map(({ doc }) => doc), `k ${k}`);
    assert.equal([...scores], expected.map(({ score }) => score), `k ${k}`);
  }
});

test("the threshold is the k-th best score, and 0 before there are k", () => {
  const top = new TopK(2);
  top.offer(1, 5);
  top.raise();
  assert.is(top.threshold(), 0);
  top.offer(2, 7);
  top.raise();
  assert.is(top.threshold(), 5);
});

test.run();
