import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { readSafetensors, writeSafetensors } from "../../../../lib/models/checkpoints/safetensors/safetensors";
import { temporaryFolder } from "../../../fixtures";

const folder = temporaryFolder();
const file = join(folder, "model.safetensors");
writeSafetensors(file, {
  "a.weight": { shape: [2, 3], data: Float32Array.of(1, -2, 3, 0, 1e-30, -1e30) },
  b: { shape: [1], data: Float32Array.of(0.1) },
});
const whole = readFileSync(file);

/** Reads what is there now: numbers, or CorruptData that names the file; nothing else. */
function read(what: string): "read" | "refused" {
  try {
    for (const { shape, data } of Object.values(readSafetensors(file)))
      assert.is(
        data.length,
        shape.reduce((product, n) => product * n, 1),
        what,
      );
    return "read";
  } catch (error) {
    const { name, message } = error as Error;
    assert.ok(name === "CorruptData" && message.startsWith(file), `${what}: ${name}: ${message}`);
    return "refused";
  }
}

test("1,000 files with some bytes changed, cut off or put in are read or refused, and never crash", () => {
  const rng = random("safetensors");
  const outcomes = { read: 0, refused: 0 };
  for (let i = 0; i < 1000; i++) {
    const own = rng.fork(i);
    let bytes = Buffer.from(whole);
    for (let change = own.below(4); change >= 0; change--) {
      const at = own.below(bytes.length || 1);
      const kind = own.below(4);
      if (kind === 0) bytes[at] = own.below(256);
      if (kind === 1) bytes = bytes.subarray(0, at);
      if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([own.below(256)]), bytes.subarray(at)]);
      if (kind === 3 && bytes.length) bytes[at] ^= 1 << own.below(8);
    }
    writeFileSync(file, bytes);
    outcomes[read(`file ${i}`)]++;
  }
  assert.ok(outcomes.read > 20 && outcomes.refused > 20, `both happen: ${JSON.stringify(outcomes)}`);
});

/** A file with this header and this many bytes of data. */
function fileWith(header: object, bytes: number): void {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(file, Buffer.concat([length, json, Buffer.alloc(bytes)]));
}
const refused = (pattern: RegExp) =>
  assert.throws(
    () => readSafetensors(file),
    (error: Error) => error.name === "CorruptData" && pattern.test(error.message),
  );

test("every header length is compared with the file before memory is taken for it", () => {
  for (const length of [0n, 1n, 2n ** 31n, 2n ** 53n, 2n ** 60n, 2n ** 63n, 2n ** 64n - 1n]) {
    const bytes = Buffer.from(whole);
    bytes.writeBigUInt64LE(length);
    writeFileSync(file, bytes);
    refused(/the header/);
  }
});

test("arrays that share bytes are refused with both names", () => {
  fileWith(
    { x: { dtype: "F32", shape: [2], data_offsets: [0, 8] }, y: { dtype: "F32", shape: [2], data_offsets: [4, 12] } },
    12,
  );
  refused(/y begins at byte \d+, inside of x, which ends at \d+: they overlap/);
  fileWith(
    { x: { dtype: "F32", shape: [1], data_offsets: [0, 4] }, y: { dtype: "F32", shape: [1], data_offsets: [0, 4] } },
    4,
  );
  refused(/they overlap/);
});

test("shapes whose product is beyond counting are refused", () => {
  for (const shape of [[2 ** 40, 2 ** 40], [1e308], [2 ** 53, 0]]) {
    fileWith({ x: { dtype: "F32", shape, data_offsets: [0, 4] } }, 4);
    refused(/x /);
  }
});

test("arrays of no numbers take no bytes and are read", () => {
  fileWith({ x: { dtype: "BF16", shape: [0, 3], data_offsets: [0, 0] } }, 0);
  assert.equal(readSafetensors(file).x, { shape: [0, 3], data: new Float32Array(0) });
});

test("an array of a format that is not read hinders none of the others until it is asked for", () => {
  fileWith({ x: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, 8);
  refused(/x is I64; F32, F16, BF16, F64 are read/);
});

test("a float16 array is widened", () => {
  fileWith({ x: { dtype: "F16", shape: [2], data_offsets: [0, 4] } }, 4);
  const bytes = readFileSync(file);
  bytes.writeUInt16LE(0x3c00, bytes.length - 4);
  writeFileSync(file, bytes);
  assert.equal([...readSafetensors(file).x!.data], [1, 0]);
});

test.run();
