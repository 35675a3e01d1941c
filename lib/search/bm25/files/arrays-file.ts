import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { crc32 } from "node:zlib";
import { writeAtomic } from "../../../core/files/atomic";
import { CorruptData } from "../../../core/errors";
import { shared } from "../postings/strings";

// A file of typed arrays. It holds a magic of 8 bytes, the length and checksum of the header (uint32, little-endian),
// the header as JSON, and the arrays one after the other. Each array begins at a multiple of 8 bytes.
const preamble = 16; // bytes before the header
const piece = 2 ** 26; // bytes that are read, checked or written at a time

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array;
type NumbersType = Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor | Int32ArrayConstructor;

/** The types of the arrays of a file, by name, in the order of the file. */
type Types = Readonly<Record<string, NumbersType>>;
type Name<T extends Types> = keyof T & string;

/** An array that is too large for memory and has a file of its own. */
export interface Spooled {
  readonly file: string;
  readonly length: number; // elements
  readonly byteLength: number;
  readonly checksum: number; // CRC-32 of the bytes
}

/** A kind of file. */
export interface Kind<T extends Types> {
  readonly magic: string; // 8 characters
  readonly types: T;
  readonly fix: string; // what to do about a damaged file
}

interface Header {
  readonly lengths: Readonly<Record<string, number>>; // elements
  readonly checksums: Readonly<Record<string, number>>; // CRC-32 of the bytes
}

/** An open file. Reading throws CorruptData for a missing byte and, for a whole array, for a changed byte. */
export interface ArraysFile<T extends Types> {
  readonly meta: Readonly<Record<string, number>>;
  length(name: Name<T>): number; // elements
  /** Reads a whole array into memory that worker threads can share. */
  load<N extends Name<T>>(name: N): InstanceType<T[N]>;
  /** Reads a whole array and compares its checksum, without keeping the array. */
  check(name: Name<T>): void;
  /** Reads the elements [start, end), which have no checksum of their own. */
  slice<N extends Name<T>>(name: N, start: number, end: number): InstanceType<T[N]>;
  close(): void;
}

/** Writes a file, whole or not at all. Returns its length in bytes. */
export function writeArrays<T extends Types>(
  file: string,
  { magic, types }: Kind<T>,
  meta: Readonly<Record<string, number>>,
  arrays: Readonly<Record<Name<T>, Numbers | Spooled>>,
): number {
  const names = Object.keys(types) as Name<T>[];
  const perArray = (value: (array: Numbers | Spooled) => number): Record<string, number> =>
    Object.fromEntries(names.map((name) => [name, value(arrays[name])]));
  const header = Buffer.from(
    JSON.stringify({
      ...meta,
      lengths: perArray(({ length }) => length),
      checksums: perArray((array) => ("checksum" in array ? array.checksum : checksumOf(bytesOf(array)))),
    }),
  );
  const start = Buffer.alloc(preamble);
  start.write(magic);
  start.writeUInt32LE(header.length, 8);
  start.writeUInt32LE(crc32(header), 12);
  function* parts(): Generator<Uint8Array> {
    yield start;
    yield header;
    yield padding(header.length);
    for (const name of names) {
      const array = arrays[name];
      for (const part of "checksum" in array ? contentOf(array) : cut(bytesOf(array))) yield part;
      yield padding(array.byteLength);
    }
  }
  writeAtomic(file, parts());
  return names.reduce((sum, name) => sum + padded(arrays[name].byteLength), preamble + padded(header.length));
}

/** Opens a file. Throws CorruptData if it is missing, of another kind, or of another length than its header states. */
export function openArrays<T extends Types>(file: string, { magic, types, fix }: Kind<T>): ArraysFile<T> {
  const fail = (why: string, cause?: unknown): never => {
    throw new CorruptData(file, why, fix, cause === undefined ? undefined : { cause });
  };
  if (endianness() !== "LE") fail("is for little-endian machines, which this is not");
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    return fail(`cannot be read: ${(error as Error).message}`, error);
  }
  const size = fstatSync(handle).size;
  const read = (bytes: Uint8Array, at: number, what: string): void => {
    for (let done = 0; done < bytes.length; ) {
      const got = readSync(handle, bytes, done, Math.min(piece, bytes.length - done), at + done);
      if (got === 0) fail(`is cut short: ${size} bytes, and ${what} goes on`);
      done += got;
    }
  };
  try {
    const start = Buffer.alloc(preamble);
    read(start, 0, "its header");
    if (start.toString("latin1", 0, 8) !== magic)
      fail(
        `is no index of this version: it begins ${JSON.stringify(start.toString("latin1", 0, 8))}, ` +
          `not ${JSON.stringify(magic)}`,
      );
    const json = Buffer.alloc(Math.min(start.readUInt32LE(8), size));
    read(json, preamble, "its header");
    if (crc32(json) !== start.readUInt32LE(12)) fail("is damaged: its header does not have its checksum");
    const { lengths, checksums, ...meta } = JSON.parse(json.toString()) as Header & Record<string, number>;
    const places = new Map<string, number>();
    let expected = preamble + padded(json.length);
    for (const [name, type] of Object.entries(types)) {
      places.set(name, expected);
      expected += padded(lengths[name]! * type.BYTES_PER_ELEMENT);
    }
    if (size !== expected) fail(`has ${size} bytes, and its header asks for ${expected}`);
    const damaged = (name: string): never => fail(`is damaged: ${name} does not have its checksum`);
    return {
      meta,
      length: (name) => lengths[name]!,
      load<N extends Name<T>>(name: N) {
        const array = shared(types[name]!, lengths[name]!);
        read(bytesOf(array), places.get(name)!, name);
        if (checksumOf(bytesOf(array)) !== checksums[name]) damaged(name);
        return array as InstanceType<T[N]>;
      },
      check(name) {
        const bytes = Buffer.alloc(Math.min(piece, lengths[name]! * types[name]!.BYTES_PER_ELEMENT));
        let sum = 0;
        for (let at = 0, all = lengths[name]! * types[name]!.BYTES_PER_ELEMENT; at < all; at += bytes.length) {
          const part = bytes.subarray(0, Math.min(bytes.length, all - at));
          read(part, places.get(name)! + at, name);
          sum = crc32(part, sum);
        }
        if (sum !== checksums[name]) damaged(name);
      },
      slice<N extends Name<T>>(name: N, start: number, end: number) {
        const array = new types[name]!(end - start);
        read(bytesOf(array), places.get(name)! + start * array.BYTES_PER_ELEMENT, name);
        return array as InstanceType<T[N]>;
      },
      close: () => closeSync(handle),
    };
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

/** The bytes of an array. They are not copied. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Numbers): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;
const padding = (bytes: number): Uint8Array => new Uint8Array(padded(bytes) - bytes);
const cut = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) => bytes.subarray(i * piece, (i + 1) * piece));
const checksumOf = (bytes: Uint8Array): number => cut(bytes).reduce((sum, part) => crc32(part, sum), 0);

function* contentOf({ file, byteLength }: Spooled): Generator<Uint8Array> {
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(Math.min(piece, byteLength));
    for (let done = 0; done < byteLength; ) {
      const got = readSync(handle, bytes, 0, Math.min(bytes.length, byteLength - done), done);
      if (got === 0)
        throw new CorruptData(file, `was cut short while it was in use: ${done} of ${byteLength} bytes`, "Index again");
      yield bytes.subarray(0, got);
      done += got;
    }
  } finally {
    closeSync(handle);
  }
}
