import { test } from "uvu";
import * as assert from "uvu/assert";
import { floatFormats, halfAt } from "../../../lib/models/checkpoints/float-formats";

const half = (bits: number) => halfAt(Uint8Array.of(bits & 255, bits >> 8), 0);

test("a float16 is sign, exponent with a bias of 15, and a fraction of 1024ths", () => {
  assert.is(half(0x3c00), 1);
  assert.is(half(0xc000), -2);
  assert.is(half(0x3555), 0.333251953125); // 2^-2 · (1 + 341/1024)
  assert.is(half(0x7bff), 65504); // the largest
  assert.is(half(0x0001), 2 ** -24); // the smallest above 0: no implied one
  assert.is(half(0x03ff), 2 ** -14 * (1023 / 1024));
  assert.ok(Object.is(half(0x8000), -0));
  assert.equal([half(0x7c00), half(0xfc00), half(0x7c01)], [Infinity, -Infinity, NaN]);
});

for (const [name, bytes] of [
  ["F32", [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]],
  ["F16", [0, 0x3c, 0, 0xc1]],
  ["BF16", [0x80, 0x3f, 0x20, 0xc0]],
  ["F64", [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 4, 0xc0]],
] as const) {
  test(`${name} is widened wherever its bytes lie, and no further than the target`, () => {
    const odd = Uint8Array.of(9, ...bytes, 9).subarray(1);
    const target = new Float32Array(2);
    floatFormats[name].widen(odd, target);
    assert.equal([...target], [1, -2.5]);
  });
}

test.run();
