import { test } from "uvu";
import * as assert from "uvu/assert";
import { wordTable } from "../../../../lib/search/bm25/analysis/word-table";

test("a word is learnt once, wherever it stands, and keeps its value", () => {
  const learnt: string[] = [];
  const valueOf = wordTable((word) => learnt.push(word) - 1);
  const text = "heart attack heart Heart 心臓 attack";
  const places = [
    [0, 5],
    [6, 12],
    [13, 18],
    [19, 24],
    [25, 27],
    [28, 34],
  ] as const;
  assert.equal(
    places.map(([start, end]) => valueOf(text, start, end)),
    [0, 1, 0, 2, 3, 1],
  );
  assert.equal(learnt, ["heart", "attack", "Heart", "心臓"]);
});

test("a stop word's value is below 0, and remembered like any", () => {
  let asked = 0;
  const valueOf = wordTable(() => (asked++, -1));
  assert.equal([valueOf("the", 0, 3), valueOf("the", 0, 3), asked], [-1, -1, 1]);
});

test("more words than it holds make it start again, not fail", () => {
  const valueOf = wordTable((word) => Number(word), 16);
  for (let i = 0; i < 1000; i++) assert.is(valueOf(String(i), 0, String(i).length), i);
  for (const i of [0, 5, 999]) assert.is(valueOf(String(i), 0, String(i).length), i);
});

test.run();
