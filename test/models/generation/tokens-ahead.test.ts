import { test } from "uvu";
import * as assert from "uvu/assert";
import { drawsOf, type DrawnRow, stepsAhead } from "../../../lib/models/generation/tokens-ahead";

const row = (prompt: number, tokens: number, left: number, ended = false): DrawnRow => {
  let drawn = 0;
  return { prompt: Array(prompt).fill(1), tokens: Array(tokens).fill(2), left, ended, uniform: () => ++drawn };
};
const plain = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

test("so many tokens are drawn at a time as some row gets, and none past the context's end", () => {
  assert.is(stepsAhead(8, [row(5, 1, 20), row(5, 1, 3)], plain, 64), 8, "the row of 3 ends meanwhile");
  assert.is(stepsAhead(8, [row(5, 1, 4), row(5, 1, 3)], plain, 64), 4);
  assert.is(stepsAhead(8, [row(5, 1, 20), row(50, 9, 5)], plain, 64), 5, "64 − 50 − 9");
  assert.is(stepsAhead(8, [row(5, 1, 20), row(50, 14, 0, true)], plain, 64), 8, "a row that has ended counts no more");
  assert.is(stepsAhead(8, [undefined, row(5, 1, 2)], plain, Infinity), 2);
  assert.is(stepsAhead(8, [row(5, 1, 0, true)], plain, 64), 0);
  assert.is(stepsAhead(0, [row(5, 1, 9)], plain, 64), 0);
  assert.is(stepsAhead(8, [row(5, 1, 9)], { ...plain, repetitionPenalty: 1.1 }, 64), 0);
});

test("a row's numbers are those of its own stream, in order; one that has ended gives none", () => {
  const rows = [row(1, 1, 9), undefined, row(1, 1, 9, true), row(1, 1, 9)];
  assert.equal([...drawsOf(rows, plain, 2).uniforms], [1, 0, 0, 1, 2, 0, 0, 2]);
  assert.equal([...drawsOf(rows, { ...plain, temperature: 0 }, 1).uniforms], [0, 0, 0, 0]);
});

test.run();
