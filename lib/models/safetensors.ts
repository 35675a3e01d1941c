import { readFileSync } from "node:fs";
import { CorruptData } from "../core/errors";
import { writeAtomic } from "../core/atomic";

/** A named array as a safetensors file holds it, widened to float32. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

type Dtype = "F32" | "BF16";
const bytesOf: Record<Dtype, number> = { F32: 4, BF16: 2 };

/** Rounds to bfloat16, nearest even: the upper half of a float32. */
export function toBfloat16(data: Float32Array): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return Uint16Array.from(bits, (bit) => (bit + 0x7fff + ((bit >>> 16) & 1)) >>> 16);
}

/** Writes a safetensors file (https://huggingface.co/docs/safetensors), atomically. */
export function writeSafetensors(file: string, arrays: Readonly<Record<string, NamedArray>>, dtype: Dtype = "F32", metadata: Record<string, string> = {}): void {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: "pt", ...metadata } };
  const parts: Buffer[] = [];
  for (const [name, { shape, data }] of Object.entries(arrays)) {
    const raw = dtype === "F32" ? data : toBfloat16(data);
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    header[name] = { dtype, shape, data_offsets: [offset, (offset += bytes.length)] };
    parts.push(bytes);
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text + " ".repeat(-Buffer.byteLength(text) & 7)); // data starts on 8 bytes
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeAtomic(file, Buffer.concat([length, json, ...parts]));
}

type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

/** Whether a header's entry is whole: sizes and offsets are counts. */
function isEntry(entry: unknown): entry is Entry {
  const { dtype, shape, data_offsets } = (entry ?? {}) as Partial<Entry>;
  const counts = (values: unknown) => Array.isArray(values) && values.every((n) => Number.isInteger(n) && (n as number) >= 0);
  return typeof dtype === "string" && counts(shape) && counts(data_offsets) && data_offsets!.length === 2;
}

/** Reads a whole safetensors file of F32 and BF16 arrays. Throws CorruptData naming the array. */
export function readSafetensors(file: string): Record<string, NamedArray> {
  const corrupt = (why: string, options?: ErrorOptions) => new CorruptData(file, why, "Copy or download the file again.", options);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw corrupt(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (bytes.length < 8) throw corrupt(`${bytes.length} bytes are too few for a header`);
  const length = Number(bytes.readBigUInt64LE(0));
  if (length > bytes.length - 8) throw corrupt(`the header says ${length} bytes, the file has ${bytes.length}`);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as typeof header;
  } catch (cause) {
    throw corrupt("the header is not JSON", { cause });
  }
  if (typeof header !== "object" || header === null) throw corrupt("the header is no JSON object");
  const arrays: Record<string, NamedArray> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (!isEntry(entry)) throw corrupt(`${name} is described as ${JSON.stringify(entry)}; a dtype, a shape and data_offsets are needed`);
    const { dtype, shape, data_offsets } = entry;
    if (!(dtype in bytesOf)) throw corrupt(`${name} is ${dtype}; F32 and BF16 are read`);
    const size = shape.reduce((product, n) => product * n, 1);
    const [from, to] = data_offsets;
    if (to - from !== size * bytesOf[dtype as Dtype]) throw corrupt(`${name} [${shape}] ${dtype} should take ${size * bytesOf[dtype as Dtype]} bytes, the header gives it ${to - from}`);
    if (8 + length + to > bytes.length) throw corrupt(`${name} ends at byte ${8 + length + to}, the file has ${bytes.length}: it is truncated`);
    const data = new Float32Array(size);
    const raw = bytes.subarray(8 + length + from, 8 + length + to);
    if (dtype === "F32") new Uint8Array(data.buffer).set(raw);
    else {
      const bits = new Uint32Array(data.buffer);
      for (let i = 0; i < size; i++) bits[i] = ((raw[2 * i]! | (raw[2 * i + 1]! << 8)) << 16) >>> 0;
    }
    arrays[name] = { shape, data };
  }
  return arrays;
}
