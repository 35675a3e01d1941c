import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeLength, encodeLength } from "../../../../lib/search/bm25/postings/length-norm";

const kept = (length: number): number => decodeLength(encodeLength(length));

test("lengths below 40 are kept exactly", () => {
  for (let length = 0; length < 40; length++) assert.is(kept(length), length);
});

test("longer ones are rounded down to four binary digits above 24", () => {
  assert.is(kept(41), 40); // 41 − 24 = 17 = 10001₂, kept as 1000·₂ = 16
  assert.is(kept(100), 96); // 76 = 1001100₂ → 1001·₂ = 72
  assert.is(kept(1_000_000), 983_064); // 999,976 → 15 · 2¹⁶ = 983,040
});

test("each byte stands for a length that it encodes, and bytes are in order", () => {
  for (let byte = 0; byte < 256; byte++) {
    if (decodeLength(byte) <= 2 ** 31 - 1) assert.is(encodeLength(decodeLength(byte)), byte);
    if (byte > 0) assert.ok(decodeLength(byte) > decodeLength(byte - 1));
  }
});

test.run();
