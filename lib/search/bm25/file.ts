import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { CorruptData } from "../../core/errors";
import { writeAtomic } from "../../core/atomic";
import type { Postings } from "./postings";
import { shared } from "./strings";

// DIR/bm25.index: the magic, the header's length and checksum (uint32, little-endian), the header as JSON, and the
// arrays one after the other, each at a multiple of 8 bytes.
const magic = "DRBM25\n1";
const preamble = 16; // bytes before the header
const piece = 2 ** 26; // bytes read, checked or written at a time

/** The arrays of an index, in the order in which they stand in the file. */
const arrays = {
  idUnits: Uint16Array,
  idEnds: Uint32Array,
  termUnits: Uint16Array,
  termEnds: Uint32Array,
  termSlots: Uint32Array,
  starts: Uint32Array,
  docs: Int32Array,
  pairs: Uint16Array,
  frequencies: Uint32Array,
  lengths: Uint8Array,
} as const;
type Name = keyof typeof arrays;
const names = Object.keys(arrays) as Name[];

interface Header {
  readonly documents: number;
  readonly counted: number;
  readonly tokens: number;
  readonly lengths: Readonly<Record<Name, number>>; // elements
  readonly checksums: Readonly<Record<Name, number>>; // CRC-32 of the bytes
}

export const indexFile = (folder: string): string => join(folder, "bm25.index");

/** Writes an index into `folder`, whole or not at all: until the last byte is on the disk, an older index stays as it was. Returns its bytes. */
export function writePostings(folder: string, postings: Postings): number {
  const { ids, terms, documents, counted, tokens, ...rest } = postings;
  const all: Readonly<Record<Name, Uint8Array | Uint16Array | Uint32Array | Int32Array>> = { idUnits: ids.units, idEnds: ids.ends, termUnits: terms.units, termEnds: terms.ends, termSlots: terms.slots, ...rest };
  const perArray = (value: (name: Name) => number): Record<Name, number> => Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, number>;
  const header: Header = { documents, counted, tokens, lengths: perArray((name) => all[name].length), checksums: perArray((name) => checksum(bytesOf(all[name]))) };
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(preamble);
  start.write(magic);
  start.writeUInt32LE(json.length, 8);
  start.writeUInt32LE(crc32(json), 12);
  const padding = (bytes: number): Buffer => Buffer.alloc(padded(bytes) - bytes);
  const pieces = [start, json, padding(json.length), ...names.flatMap((name) => [bytesOf(all[name]), padding(all[name].byteLength)])];
  writeAtomic(indexFile(folder), each(pieces.flatMap(cut)));
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** Reads an index into memory that worker threads can share. Throws CorruptData where a byte of it is missing or changed. */
export function readPostings(folder: string): Postings {
  const file = indexFile(folder);
  const fail = (why: string, cause?: unknown): never => {
    throw new CorruptData(file, why, "Build the index again: deepretrieval index build", cause === undefined ? undefined : { cause });
  };
  if (endianness() !== "LE") fail("is for little-endian machines, which this is not");
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    return fail(`cannot be read: ${(error as Error).message}`, error);
  }
  try {
    const size = fstatSync(handle).size;
    const read = (bytes: Uint8Array, at: number, what: string): void => {
      for (let done = 0; done < bytes.length; ) {
        const got = readSync(handle, bytes, done, Math.min(piece, bytes.length - done), at + done);
        if (got === 0) fail(`is cut short: ${size} bytes, and ${what} goes on`);
        done += got;
      }
    };
    const start = Buffer.alloc(preamble);
    read(start, 0, "its header");
    if (start.toString("latin1", 0, 8) !== magic) fail(`is no index of this version: it begins ${JSON.stringify(start.toString("latin1", 0, 8))}, not ${JSON.stringify(magic)}`);
    const json = Buffer.alloc(Math.min(start.readUInt32LE(8), size));
    read(json, preamble, "its header");
    if (crc32(json) !== start.readUInt32LE(12)) fail("is damaged: its header does not have its checksum");
    const { documents, counted, tokens, lengths, checksums } = JSON.parse(json.toString()) as Header;

    let at = preamble + padded(json.length);
    const expected = names.reduce((sum, name) => sum + padded(lengths[name] * arrays[name].BYTES_PER_ELEMENT), at);
    if (size !== expected) fail(`has ${size} bytes, and its header asks for ${expected}`);
    const load = <T extends Name>(name: T): InstanceType<(typeof arrays)[T]> => {
      const array = shared(arrays[name], lengths[name]);
      const bytes = bytesOf(array);
      read(bytes, at, name);
      if (checksum(bytes) !== checksums[name]) fail(`is damaged: ${name} does not have its checksum`);
      at += padded(bytes.length);
      return array as InstanceType<(typeof arrays)[T]>;
    };
    return { documents, counted, tokens, ids: { units: load("idUnits"), ends: load("idEnds") }, terms: { units: load("termUnits"), ends: load("termEnds"), slots: load("termSlots") }, starts: load("starts"), docs: load("docs"), pairs: load("pairs"), frequencies: load("frequencies"), lengths: load("lengths") };
  } finally {
    closeSync(handle);
  }
}

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array | Uint32Array | Int32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);
const cut = (bytes: Uint8Array): Uint8Array[] => Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) => bytes.subarray(i * piece, (i + 1) * piece));
function* each(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const bytes of pieces) yield bytes;
}
const checksum = (bytes: Uint8Array): number => cut(bytes).reduce((sum, part) => crc32(part, sum), 0);
