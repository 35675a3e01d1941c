import { crc32c } from "./crc32c";

/** A checksum as TensorFlow stores it: rotated and shifted, so that a checksum of checksums is no special case. */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/** A record of a TFRecord file: length, its checksum, the bytes, their checksum; numbers are little-endian. */
export function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return bytes;
}

/** A whole number from 0 as protocol buffers write it: seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

/**
 * The number of a field with the way in which its value is written: 0 varint, 1 eight bytes, 2 counted bytes, 5 four
 * bytes.
 */
const tag = (field: number, way: 0 | 1 | 2 | 5): number[] => varint(field * 8 + way);
const counted = (field: number, bytes: Uint8Array | readonly number[]): number[] => [
  ...tag(field, 2),
  ...varint(bytes.length),
  ...bytes,
];
const text = (field: number, value: string): number[] => counted(field, new TextEncoder().encode(value));
const double = (field: number, value: number): number[] => [
  ...tag(field, 1),
  ...new Uint8Array(Float64Array.of(value).buffer),
];
const float = (field: number, value: number): number[] => [
  ...tag(field, 5),
  ...new Uint8Array(Float32Array.of(value).buffer),
];

/** The first event of a file: Event { wall_time = 1, file_version = 3 }. @param seconds since 1970 */
export const versionEvent = (seconds: number): Uint8Array =>
  Uint8Array.from([...double(1, seconds), ...text(3, "brain.Event:2")]);

/**
 * The scalars of a step: Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }.
 *
 * @param seconds since 1970
 * @param step a whole number from 0
 */
export function scalarsEvent(
  seconds: number,
  step: number,
  scalars: readonly (readonly [name: string, value: number])[],
): Uint8Array {
  const values = scalars.flatMap(([name, value]) => counted(1, [...text(1, name), ...float(2, value)]));
  return Uint8Array.from([...double(1, seconds), ...tag(2, 0), ...varint(step), ...counted(5, values)]);
}
