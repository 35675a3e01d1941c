import { CorruptData } from "../../../core/errors";
import { writeAtomic } from "../../../core/files/atomic";
import { partSize, readArray, sizeOf, type ArraySource, type NamedArray } from "../array-source";
import { floatFormats, toBfloat16, type FloatName } from "../float-formats";
import { openRanged } from "../ranged-file";
import { headerLength, parseHeader } from "./header";

export type { NamedArray } from "../array-source";
export { toBfloat16 } from "../float-formats";

/** An array that is made when it is written: a whole model need not be in memory twice. */
export interface LazyArray {
  readonly shape: readonly number[];
  data(): Float32Array;
}

/** Writes a safetensors file (https://huggingface.co/docs/safetensors), atomically, an array at a time. */
export function writeSafetensors(
  file: string,
  arrays: Readonly<Record<string, NamedArray | LazyArray>>,
  dtype: "F32" | "BF16" = "F32",
  metadata: Record<string, string> = {},
): void {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: "pt", ...metadata } };
  for (const [name, { shape }] of Object.entries(arrays)) {
    header[name] = { dtype, shape, data_offsets: [offset, (offset += sizeOf(shape) * floatFormats[dtype].bytes)] };
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text + " ".repeat(-Buffer.byteLength(text) & 7)); // data starts on 8 bytes
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  function* parts(): Generator<Buffer> {
    yield length;
    yield json;
    for (const { data } of Object.values(arrays)) {
      const numbers = typeof data === "function" ? data() : data;
      const raw = dtype === "F32" ? numbers : toBfloat16(numbers);
      yield Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    }
  }
  writeAtomic(file, parts());
}

/**
 * Opens a safetensors file: its header is read and checked, its numbers when they are asked for. Arrays of F64, F32,
 * F16 and BF16 can be read. Throws CorruptData naming the array. The caller closes it.
 */
export function openSafetensors(file: string): ArraySource {
  const ranged = openRanged(file);
  try {
    const length = headerLength(file, ranged.read(0, Math.min(8, ranged.size)), ranged.size);
    const entries = parseHeader(file, ranged.read(8, length), ranged.size);
    const bytes = new Uint8Array(8 * partSize);
    const part = new Float32Array(partSize);
    return {
      file,
      names: [...entries.keys()],
      shapeOf: (name) => entries.get(name)?.shape,
      read(name, take) {
        const { dtype, shape, from } = entries.get(name)!;
        if (!Object.hasOwn(floatFormats, dtype))
          throw new CorruptData(
            file,
            `${name} is ${dtype}; ${Object.keys(floatFormats).join(", ")} are read`,
            "Convert it, or take another checkpoint of this model.",
          );
        const format = floatFormats[dtype as FloatName];
        const size = sizeOf(shape);
        for (let done = 0; done < size; done += partSize) {
          const numbers = part.subarray(0, Math.min(partSize, size - done));
          format.widen(ranged.read(from + done * format.bytes, numbers.length * format.bytes, bytes), numbers);
          take(numbers, done);
        }
      },
      close: ranged.close,
    };
  } catch (error) {
    ranged.close();
    throw error;
  }
}

/** All arrays of a safetensors file. Throws CorruptData naming the array. */
export function readSafetensors(file: string): Record<string, NamedArray> {
  const source = openSafetensors(file);
  try {
    return Object.fromEntries(source.names.map((name) => [name, readArray(source, name)]));
  } finally {
    source.close();
  }
}
