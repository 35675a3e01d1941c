import { test } from "uvu";
import * as assert from "uvu/assert";
import { blockFormats } from "../../../../lib/models/checkpoints/gguf/dequantise";

const format = (name: string) => [...blockFormats.values()].find((each) => each.name === name)!;

/** The numbers of one block. */
function widened(name: string, block: Uint8Array): number[] {
  const { weights, bytes, widen } = format(name);
  assert.is(block.length, bytes);
  const target = new Float32Array(weights);
  widen(block, target);
  return [...target];
}

const two = [0x00, 0x40]; // 2 as float16
const half = [0x00, 0x38]; // 0.5
const fill = (length: number, byte = 0): number[] => Array<number>(length).fill(byte);

test("Q8_0: d · q", () =>
  assert.equal(widened("Q8_0", Uint8Array.from([...two, 3, 255, 128, ...fill(29)])), [6, -2, -256, ...fill(29)]));

test("Q4_0: d · (q − 8), low nibbles first, high nibbles in the second half", () => {
  const values = widened("Q4_0", Uint8Array.from([...two, 0x1f, ...fill(15, 0x88)]));
  assert.equal([values[0], values[16], values[1], values[17]], [14, -14, 0, 0]); // 2·(15 − 8), 2·(1 − 8)
});

test("Q4_1: d · q + m", () => {
  const values = widened("Q4_1", Uint8Array.from([...two, ...half, 0x1f, ...fill(15)]));
  assert.equal([values[0], values[16], values[1]], [30.5, 2.5, 0.5]);
});

test("Q5_0: the fifth bits come first", () => {
  const values = widened("Q5_0", Uint8Array.from([...two, 0b1, 0, 0b1, 0, 0x21, ...fill(15)]));
  assert.equal([values[0], values[16], values[1]], [2 * (17 - 16), 2 * (18 - 16), 2 * -16]); // 1 + 16, 2 + 16, 0
});

test("Q5_1: d · q + m with five bits", () => {
  const values = widened("Q5_1", Uint8Array.from([...two, ...half, 0b1, 0, 0, 0, 0x21, ...fill(15)]));
  assert.equal([values[0], values[16]], [2 * 17 + 0.5, 2 * 2 + 0.5]);
});

test("Q2_K: sixteen groups with four-bit scales and minima, four numbers in a byte", () => {
  const scales = fill(16);
  // group 0: scale 3, minimum 5; group 2: scale 7; group 9: 1 and 1
  [scales[0], scales[2], scales[9]] = [0x53, 0x07, 0x11];
  const pairs = fill(64);
  [pairs[0], pairs[32 + 16]] = [0b1110, 0b11]; // numbers 0 and 32 of the first half; number 16 of the second
  const values = widened("Q2_K", Uint8Array.from([...scales, ...pairs, ...two, ...half]));
  assert.equal(
    [values[0], values[1], values[32], values[144]],
    [2 * 3 * 2 - 0.5 * 5, -0.5 * 5, 2 * 7 * 3, 2 * 1 * 3 - 0.5],
  );
});

test("Q3_K: sixteen groups with six-bit scales less 32; a number without its high bit is four less", () => {
  const [high, pairs, scales] = [fill(32), fill(64), fill(12)];
  [scales[0], scales[8]] = [0x15, 0b10]; // group 0: 5 + 2·16 − 32 = 5; group 8: 1 − 32 = −31
  [pairs[0], pairs[32]] = [0b10, 0b01]; // number 0, and number 128 in group 8
  high[0] = 0b1; // of number 0, in the first 32
  const values = widened("Q3_K", Uint8Array.from([...high, ...pairs, ...scales, ...two]));
  assert.equal([values[0], values[1], values[128]], [2 * 5 * 2, 2 * 5 * -4, 2 * -31 * (1 - 4)]);
});

test("Q4_K: eight groups with six-bit scales and minima, of which the last four are spread", () => {
  const scales = fill(12);
  scales[0] = 3; // group 0: scale 3
  scales[4] = 5; // its minimum 5
  scales[8] = 0x21; // group 4: low bits of scale 1, of minimum 2
  scales[0] |= 0b01 << 6; // high bits of group 4's scale: 1 → 17
  scales[4] |= 0b10 << 6; // of its minimum: 2 → 34
  const nibbles = fill(128);
  nibbles[0] = 0x07; // group 0, number 0
  nibbles[64] = 0x09; // group 4, number 0
  const values = widened("Q4_K", Uint8Array.from([...two, ...half, ...scales, ...nibbles]));
  assert.is(values[0], 2 * 3 * 7 - 0.5 * 5);
  assert.is(values[1], -0.5 * 5);
  assert.is(values[128], 2 * 17 * 9 - 0.5 * 34);
  assert.is(values[32], 0);
});

test("Q5_K: as Q4_K, bit j of the high bytes belongs to group j", () => {
  const scales = fill(12);
  scales[1] = 3; // group 1: scale 3, minimum 0
  const high = fill(32);
  high[2] = 0b10; // group 1, number 2
  const nibbles = fill(128);
  nibbles[2] = 0x40; // group 1, number 2: 4
  const values = widened("Q5_K", Uint8Array.from([...two, ...half, ...scales, ...high, ...nibbles]));
  assert.is(values[34], 2 * 3 * (4 + 16));
});

test("Q6_K: d · scale · (q − 32), in two halves of four quarters", () => {
  const [low, high, scales] = [fill(128), fill(64), fill(16)];
  scales[0] = 1;
  scales[15] = 0xfe; // −2
  low[0] = 0x05; // number 0
  high[0] = 0b10; // its high pair: 5 + 32
  low[127] = 0x30; // number 255: second half, fourth quarter, number 31
  high[63] = 0b01 << 6; // 3 + 16
  const values = widened("Q6_K", Uint8Array.from([...low, ...high, ...scales, ...two]));
  assert.is(values[0], 2 * 1 * (37 - 32));
  assert.is(values[255], 2 * -2 * (19 - 32));
  assert.is(values[1], 2 * 1 * -32);
});

test("several blocks follow one another", () => {
  const block = (q: number) => [...two, q, ...fill(31)];
  const target = new Float32Array(64);
  format("Q8_0").widen(Uint8Array.from([...block(1), ...block(2)]), target);
  assert.equal([target[0], target[32]], [2, 4]);
});

test.run();
