import { floatFormats, halfAt } from "../float-formats";

/** A block format of GGUF files (ggml-common.h): `weights` numbers in `bytes` bytes. */
interface BlockFormat {
  readonly weights: number;
  readonly bytes: number;
  /** Writes the numbers of all whole blocks of `data` into `target`, rounded to float32 as ggml's C code rounds. */
  widen(data: Uint8Array, target: Float32Array): void;
}

const f = Math.fround;

/**
 * A format whose blocks are read one by one: `block` gets the first byte of the block and the place of its first
 * number.
 */
const blocks = (
  weights: number,
  bytes: number,
  block: (data: Uint8Array, at: number, target: Float32Array, to: number) => void,
): BlockFormat => ({
  weights,
  bytes,
  widen(data, target) {
    for (let at = 0, to = 0; to < target.length; at += bytes, to += weights) block(data, at, target, to);
  },
});

const signed = (byte: number): number => (byte << 24) >> 24;

/** d · q, 8 bits: f16 d, 32 int8. */
const q8_0 = blocks(32, 34, (data, at, target, to) => {
  const d = halfAt(data, at);
  for (let i = 0; i < 32; i++) target[to + i] = d * signed(data[at + 2 + i]!);
});

/** d · (q − 8), 4 bits: f16 d, 16 bytes; low nibbles are the first half. */
const q4_0 = blocks(32, 18, (data, at, target, to) => {
  const d = halfAt(data, at);
  for (let i = 0; i < 16; i++) {
    const byte = data[at + 2 + i]!;
    target[to + i] = d * ((byte & 15) - 8);
    target[to + i + 16] = d * ((byte >> 4) - 8);
  }
});

/** d · q + m, 4 bits: f16 d, f16 m, 16 bytes. */
const q4_1 = blocks(32, 20, (data, at, target, to) => {
  const [d, m] = [halfAt(data, at), halfAt(data, at + 2)];
  for (let i = 0; i < 16; i++) {
    const byte = data[at + 4 + i]!;
    target[to + i] = f(d * (byte & 15)) + m;
    target[to + i + 16] = f(d * (byte >> 4)) + m;
  }
});

/** d · (q − 16), 5 bits: f16 d, 32 high bits, 16 bytes of nibbles. */
const q5_0 = blocks(32, 22, (data, at, target, to) => {
  const d = halfAt(data, at);
  for (let i = 0; i < 32; i++) target[to + i] = d * (fiveBits(data, at + 2, i) - 16);
});

/** d · q + m, 5 bits: f16 d, f16 m, 32 high bits, 16 bytes of nibbles. */
const q5_1 = blocks(32, 24, (data, at, target, to) => {
  const [d, m] = [halfAt(data, at), halfAt(data, at + 2)];
  for (let i = 0; i < 32; i++) target[to + i] = f(d * fiveBits(data, at + 4, i)) + m;
});

/** Number i of a block of 32 with its fifth bits at `at`, followed by its nibbles. */
function fiveBits(data: Uint8Array, at: number, i: number): number {
  const byte = data[at + 4 + (i & 15)]!;
  const high = (data[at + (i >> 3)]! >> (i & 7)) & 1;
  return (i < 16 ? byte & 15 : byte >> 4) | (high << 4);
}

/** Scale and minimum of group `j` of 8, six bits each, of the twelve bytes that Q4_K and Q5_K pack them into. */
function scaleAndMinimum(data: Uint8Array, at: number, j: number): [scale: number, minimum: number] {
  if (j < 4) return [data[at + j]! & 63, data[at + j + 4]! & 63];
  return [
    (data[at + j + 4]! & 15) | ((data[at + j - 4]! >> 6) << 4),
    (data[at + j + 4]! >> 4) | ((data[at + j]! >> 6) << 4),
  ];
}

/** d·scale · q − m·minimum, 2 bits in 16 groups of 16: 16 bytes of scales and minima, 64 of pairs, f16 d, f16 m. */
const q2_K = blocks(256, 84, (data, at, target, to) => {
  const [d, m] = [halfAt(data, at + 80), halfAt(data, at + 82)];
  for (let i = 0; i < 256; i++) {
    const both = data[at + (i >> 4)]!;
    const q = (data[at + 16 + 32 * (i >> 7) + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3;
    target[to + i] = f(f(d * (both & 15)) * q) - f(m * (both >> 4));
  }
});

/** d·(scale − 32) · (q − 4), 3 bits in 16 groups of 16: 32 bytes of high bits, 64 of low pairs, 12 of scales, f16 d. */
const q3_K = blocks(256, 110, (data, at, target, to) => {
  const d = halfAt(data, at + 108);
  for (let i = 0; i < 256; i++) {
    const group = i >> 4;
    const low = (data[at + 96 + (group & 7)]! >> (group < 8 ? 0 : 4)) & 15;
    const scale = (low | (((data[at + 104 + (group & 3)]! >> (2 * (group >> 2))) & 3) << 4)) - 32;
    const pair = (data[at + 32 + 32 * (i >> 7) + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3;
    const high = (data[at + (i & 31)]! >> (i >> 5)) & 1;
    target[to + i] = f(d * scale) * (pair - (high ? 0 : 4));
  }
});

/** d·scale · q − m·minimum, 4 bits in 8 groups of 32: f16 d, f16 m, 12 bytes of scales, 128 of nibbles. */
const q4_K = blocks(256, 144, (data, at, target, to) => {
  const [d, m] = [halfAt(data, at), halfAt(data, at + 2)];
  for (let j = 0; j < 8; j++) {
    const [scale, minimum] = scaleAndMinimum(data, at + 4, j);
    const [own, offset] = [f(d * scale), f(m * minimum)];
    const nibbles = at + 16 + 32 * (j >> 1);
    for (let i = 0; i < 32; i++)
      target[to + 32 * j + i] = f(own * ((data[nibbles + i]! >> (4 * (j & 1))) & 15)) - offset;
  }
});

/** As Q4_K with a fifth bit: f16 d, f16 m, 12 bytes of scales, 32 of high bits, 128 of nibbles. */
const q5_K = blocks(256, 176, (data, at, target, to) => {
  const [d, m] = [halfAt(data, at), halfAt(data, at + 2)];
  for (let j = 0; j < 8; j++) {
    const [scale, minimum] = scaleAndMinimum(data, at + 4, j);
    const [own, offset] = [f(d * scale), f(m * minimum)];
    const nibbles = at + 48 + 32 * (j >> 1);
    for (let i = 0; i < 32; i++) {
      const q = ((data[nibbles + i]! >> (4 * (j & 1))) & 15) | (((data[at + 16 + i]! >> j) & 1) << 4);
      target[to + 32 * j + i] = f(own * q) - offset;
    }
  }
});

/** d·scale · (q − 32), 6 bits in 16 groups of 16: 128 bytes of low nibbles, 64 of high pairs, 16 int8 scales, f16 d. */
const q6_K = blocks(256, 210, (data, at, target, to) => {
  const d = halfAt(data, at + 208);
  for (let i = 0; i < 256; i++) {
    const [half, quarter, l] = [i >> 7, (i >> 5) & 3, i & 31]; // of 256, of 128, within 32
    const low = (data[at + 64 * half + 32 * (quarter & 1) + l]! >> (4 * (quarter >> 1))) & 15;
    const high = (data[at + 128 + 32 * half + l]! >> (2 * quarter)) & 3;
    target[to + i] = f(d * signed(data[at + 192 + (i >> 4)]!)) * ((low | (high << 4)) - 32);
  }
});

/** The formats that are read, by their number in a GGUF file (ggml_type). */
export const blockFormats: ReadonlyMap<number, BlockFormat & { readonly name: string }> = new Map(
  Object.entries({
    F32: [0, { weights: 1, ...floatFormats.F32 }],
    F16: [1, { weights: 1, ...floatFormats.F16 }],
    Q4_0: [2, q4_0],
    Q4_1: [3, q4_1],
    Q5_0: [6, q5_0],
    Q5_1: [7, q5_1],
    Q8_0: [8, q8_0],
    Q2_K: [10, q2_K],
    Q3_K: [11, q3_K],
    Q4_K: [12, q4_K],
    Q5_K: [13, q5_K],
    Q6_K: [14, q6_K],
    F64: [28, { weights: 1, ...floatFormats.F64 }],
    BF16: [30, { weights: 1, ...floatFormats.BF16 }],
  } as Record<string, [number, BlockFormat]>).map(([name, [type, format]]) => [type, { name, ...format }]),
);
