import { test } from "uvu";
import * as assert from "uvu/assert";
import { Arena } from "../../../../lib/search/boolean/record-sets/arena";

const numbered = (first: number, count: number) => Uint32Array.from({ length: count }, (_, i) => first + i);

test("an arena hands out arrays that do not overlap, and the same memory after it was reset", () => {
  const arena = new Arena(4);
  const arrays = Array.from({ length: 100 }, (_, i) => arena.copy(numbered(i, 1 + (i % 300))));
  for (const [i, array] of arrays.entries()) assert.equal([...array], [...numbered(i, 1 + (i % 300))]);
  assert.is(
    arena.bytes,
    arrays.reduce((bytes, array) => bytes + array.byteLength, 0),
  );
  arena.reset(Infinity);
  assert.is(arena.bytes, 0);
  assert.is(arena.take(1).buffer, arrays[0]!.buffer);
});

test("what is filled to the brim and a little beyond, again and again, asks for no new memory", () => {
  const arena = new Arena(4); // slabs of 512 numbers, 2048 bytes
  // 5 to a slab: three slabs, the third beyond 4096 bytes
  const buffers = () => new Set(Array.from({ length: 13 }, () => arena.take(100).buffer));
  const first = buffers();
  assert.is(first.size, 3);
  for (let round = 0; round < 5; round++) {
    arena.reset(4096);
    for (const buffer of buffers()) assert.ok(first.has(buffer));
  }
});

test.run();
