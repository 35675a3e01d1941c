import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  readSafetensors,
  toBfloat16,
  writeSafetensors,
} from "../../../../lib/models/checkpoints/safetensors/safetensors";
import { temporaryFolder } from "../../../fixtures";

const folder = temporaryFolder();
const file = join(folder, "model.safetensors");
const arrays = {
  "a.weight": { shape: [2, 3], data: Float32Array.of(1, -2, 3.14159, 0, 1e-30, -1e30) },
  b: { shape: [1], data: Float32Array.of(0.1) },
};

/** A file with this header, which may be nonsense, and this many bytes of data. */
function fileWith(header: unknown, bytes: number): string {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(file, Buffer.concat([length, json, Buffer.alloc(bytes)]));
  return file;
}
const corrupt = (pattern: RegExp) => (error: Error) =>
  error.name === "CorruptData" && error.message.startsWith(file) && pattern.test(error.message);

test("float32 comes back bit for bit, with its shapes and order", () => {
  writeSafetensors(file, arrays);
  const back = readSafetensors(file);
  assert.equal(back, arrays);
  assert.equal(Object.keys(back), ["a.weight", "b"]);
});

test("bfloat16 keeps the upper half of the bits, rounded to the nearest, to the even one at a tie", () => {
  const of = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer)[0]!;
  const rounded = (bits: number) => toBfloat16(Float32Array.of(of(bits)))[0]!;
  assert.is(rounded(0x3f80_7fff), 0x3f80); // below half: down
  assert.is(rounded(0x3f80_8001), 0x3f81); // above half: up
  assert.is(rounded(0x3f80_8000), 0x3f80); // half, even: down
  assert.is(rounded(0x3f81_8000), 0x3f82); // half, odd: up
  assert.is(rounded(0xbf81_8000), 0xbf82); // the sign plays no part
  assert.is(rounded(0x3fff_ffff), 0x4000); // carries into the exponent: 2
  assert.is(rounded(0x7f80_0000), 0x7f80); // infinity
  assert.is(rounded(0x7fc0_0000) & 0x7fff, 0x7fc0); // NaN
});

test("bfloat16 arrays are read back as the floats they were rounded to, within 1 part in 256", () => {
  writeSafetensors(file, arrays, "BF16");
  const back = readSafetensors(file);
  assert.is(back.b!.data[0], 0.10009765625); // 0x3dcd
  for (const [i, value] of arrays["a.weight"].data.entries())
    assert.ok(Math.abs(back["a.weight"]!.data[i]! - value) <= Math.abs(value) / 256);
});

test("a slice of a larger buffer is written as the slice it is", () => {
  const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  for (const dtype of ["F32", "BF16"] as const) {
    writeSafetensors(file, { x: { shape: [2], data } }, dtype);
    assert.equal([...readSafetensors(file).x!.data], [1, 2]);
  }
});

test("the header is padded so that the data begin on eight bytes, and names its framework", () => {
  for (const name of ["x", "xy", "weight.β", "a🫀"]) {
    writeSafetensors(file, { [name]: { shape: [1], data: Float32Array.of(1) } });
    const bytes = readFileSync(file);
    const length = Number(bytes.readBigUInt64LE(0));
    assert.equal((JSON.parse(bytes.toString("utf8", 8, 8 + length)) as { __metadata__: object }).__metadata__, {
      format: "pt",
    });
    assert.is(bytes.length, 8 + length + 4);
    if (/^[ -~]+$/.test(name)) assert.is(length % 8, 0);
    assert.equal(Object.keys(readSafetensors(file)), [name]);
  }
});

test("also where a name is not ASCII", () => {
  writeSafetensors(file, { "weight.β": { shape: [1], data: Float32Array.of(1) } });
  assert.is(Number(readFileSync(file).readBigUInt64LE(0)) % 8, 0);
});

test("writing leaves no other file behind", () => {
  writeSafetensors(file, arrays);
  assert.equal(readdirSync(folder), ["model.safetensors"]);
});

test("a truncated file names the array that is cut", () => {
  writeSafetensors(file, arrays);
  writeFileSync(file, readFileSync(file).subarray(0, -1));
  assert.throws(() => readSafetensors(file), corrupt(/: b ends at byte \d+, the file has \d+: it is truncated/));
});

test("a file cut inside its header, or shorter than one, is refused", () => {
  writeSafetensors(file, arrays);
  const whole = readFileSync(file);
  for (const [size, pattern] of [
    [40, /the header says \d+ bytes, the file has 40/],
    [3, /3 bytes are too few/],
    [0, /0 bytes/],
  ] as const) {
    writeFileSync(file, whole.subarray(0, size));
    assert.throws(() => readSafetensors(file), corrupt(pattern));
  }
});

test("a header that is no JSON, or says it has 2^60 bytes, is refused", () => {
  assert.throws(() => readSafetensors(fileWith("{not json", 8)), corrupt(/the header is not JSON/));
  writeFileSync(file, Buffer.from([0, 0, 0, 0, 0, 0, 0, 16, 123, 125]));
  assert.throws(() => readSafetensors(file), corrupt(/the header says/));
});

test("another number format is refused, with the array and the format", () => {
  for (const dtype of ["F8_E4M3", "I64"])
    assert.throws(
      () => readSafetensors(fileWith({ x: { dtype, shape: [2], data_offsets: [0, 4] } }, 4)),
      corrupt(/: x /),
    );
  for (const dtype of ["F4", "toString"])
    assert.throws(
      () => readSafetensors(fileWith({ x: { dtype, shape: [8], data_offsets: [0, 4] } }, 4)),
      corrupt(new RegExp(`x is ${dtype}; F32`)),
      "a format of whatever size",
    );
  assert.throws(
    () => readSafetensors(fileWith({ x: { dtype: "I32", shape: [1], data_offsets: [0, 4] } }, 4)),
    corrupt(/x is I32; F32, F16, BF16, F64 are read/),
  );
});

test("a shape that does not fit its bytes is refused with both", () => {
  assert.throws(
    () => readSafetensors(fileWith({ x: { dtype: "F32", shape: [2, 2], data_offsets: [0, 12] } }, 12)),
    corrupt(/x \[2,2\] F32 should take 16 bytes, the header gives it 12/),
  );
});

for (const [what, header] of Object.entries({
  "an entry without a shape": { x: { dtype: "F32", data_offsets: [0, 4] } },
  "an entry without offsets": { x: { dtype: "F32", shape: [1] } },
  "an entry that is no object": { x: null },
  "offsets that begin inside the header": { x: { dtype: "F32", shape: [1], data_offsets: [-4, 0] } },
  "a negative shape": { x: { dtype: "F32", shape: [-1, -1], data_offsets: [0, 4] } },
})) {
  test(`${what} is refused by name`, () => assert.throws(() => readSafetensors(fileWith(header, 4)), corrupt(/: x /)));
}

test("a header that is JSON but no object is refused", () =>
  assert.throws(() => readSafetensors(fileWith("null", 8)), corrupt(/header/)));

test.run();
