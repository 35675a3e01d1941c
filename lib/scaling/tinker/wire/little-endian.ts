import { endianness } from "node:os";

/** The number formats of tensors on the wire. All are little-endian. */
const formats = {
  float32: { bytes: 4, write: Float32Array.from.bind(Float32Array), read: Float32Array },
  int32: { bytes: 4, write: Int32Array.from.bind(Int32Array), read: Int32Array },
} as const;
type Format = keyof typeof formats;

/** Numbers as bytes. */
export function toBytes(format: Format | "int64", numbers: readonly number[]): Uint8Array {
  expectLittleEndian();
  const array =
    format === "int64"
      ? BigInt64Array.from(numbers, (number) => BigInt(number))
      : formats[format].write(numbers as number[]);
  return new Uint8Array(array.buffer);
}

/** Bytes as numbers. Throws RangeError for a length that is no multiple of a number's. */
export function fromBytes(format: Format | "int64", bytes: Uint8Array): number[] {
  expectLittleEndian();
  const own = new Uint8Array(bytes); // a copy, which begins at a multiple of its number's size
  return format === "int64"
    ? Array.from(new BigInt64Array(own.buffer), Number)
    : Array.from(new formats[format].read(own.buffer));
}

/** The upper halves of float32 numbers, as bfloat16 has them. */
export function fromBfloat16(bytes: Uint8Array): number[] {
  expectLittleEndian();
  const halves = new Uint16Array(new Uint8Array(bytes).buffer);
  return Array.from(new Float32Array(Uint32Array.from(halves, (half) => half * 2 ** 16).buffer));
}

function expectLittleEndian(): void {
  if (endianness() !== "LE") throw new RangeError("tinker: this processor is big-endian, and the wire is not.");
}
