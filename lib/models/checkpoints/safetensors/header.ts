import { CorruptData } from "../../../core/errors";
import { sizeOf } from "../array-source";

/** One array as the header of a safetensors file describes it. */
interface SafetensorsEntry {
  readonly dtype: string; // "F32", "BF16" …
  readonly shape: readonly number[];
  readonly from: number; // first byte, from the beginning of the file
  readonly to: number; // behind the last byte
}

/** Longer headers are refused, as the reference implementation does: 100 MB. */
const longestHeader = 100_000_000;

/** Bytes of one number in the formats of whole bytes (safetensors 0.7). */
const bytesOf: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
};

const isCounts = (values: unknown): values is number[] =>
  Array.isArray(values) && values.every((n) => Number.isSafeInteger(n) && n >= 0);

/** How long the header is. Throws CorruptData if the file cannot hold it. */
export function headerLength(file: string, first: Uint8Array, fileSize: number): number {
  const fault = (why: string) => new CorruptData(file, why, "Copy or download the file again.");
  if (first.length < 8) throw fault(`${fileSize} bytes are too few for a header`);
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(fileSize - 8)) throw fault(`the header says ${length} bytes, the file has ${fileSize}`);
  if (length > BigInt(longestHeader))
    throw fault(`the header says ${length} bytes, more than the ${longestHeader} that the format allows`);
  return Number(length);
}

/**
 * What a header describes, in its order, checked: every array has the bytes of its shape, lies within the file, and
 * shares no byte with another (https://huggingface.co/docs/safetensors). Throws CorruptData naming the array.
 */
export function parseHeader(file: string, header: Uint8Array, fileSize: number): Map<string, SafetensorsEntry> {
  const fault = (why: string, options?: ErrorOptions) =>
    new CorruptData(file, why, "Copy or download the file again.", options);
  const start = 8 + header.length;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch (cause) {
    throw fault("the header is not JSON", { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw fault("the header is no JSON object");
  const entries = new Map<string, SafetensorsEntry>();
  for (const [name, entry] of Object.entries(json as Record<string, unknown>)) {
    if (name === "__metadata__") continue;
    const {
      dtype,
      shape,
      data_offsets: offsets,
    } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
      throw fault(
        `${name} is described as ${JSON.stringify(entry)?.slice(0, 200)}; a dtype, a shape and data_offsets are needed`,
      );
    }
    const [from, to] = offsets as [number, number];
    // a newer format, which the wanted arrays may not use
    const bytes = Object.hasOwn(bytesOf, dtype) ? sizeOf(shape) * bytesOf[dtype]! : to - from;
    if (to - from !== bytes || bytes < 0)
      throw fault(`${name} [${shape}] ${dtype} should take ${bytes} bytes, the header gives it ${to - from}`);
    if (start + to > fileSize)
      throw fault(`${name} ends at byte ${start + to}, the file has ${fileSize}: it is truncated`);
    entries.set(name, { dtype, shape, from: start + from, to: start + to });
  }
  const ordered = [...entries].sort(([, a], [, b]) => a.from - b.from || a.to - b.to);
  for (let i = 1; i < ordered.length; i++) {
    const [[before, { to }], [name, { from }]] = [ordered[i - 1]!, ordered[i]!];
    if (from < to)
      throw fault(`${name} begins at byte ${from}, inside of ${before}, which ends at ${to}: they overlap`);
  }
  return entries;
}
