import { test } from "uvu";
import * as assert from "uvu/assert";
import { Arena } from "../../../lib/search/boolean/arena";

const numbered = (first: number, count: number) => Uint32Array.from({ length: count }, (_, i) => first + i);

test("an arena hands out arrays that do not overlap, and the same memory after it was reset", () => {
  const arena = new Arena(4);
  const arrays = Array.from({ length: 100 }, (_, i) => arena.copy(numbered(i, 1 + (i % 300))));
  for (const [i, array] of arrays.entries()) assert.equal([...array], [...numbered(i, 1 + (i % 300))]);
  assert.is(arena.bytes, arrays.reduce((bytes, array) => bytes + array.byteLength, 0));
  arena.reset(Infinity);
  assert.is(arena.bytes, 0);
  assert.is(arena.take(1).buffer, arrays[0]!.buffer);
});

test.run();
