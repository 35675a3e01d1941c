import { open } from "node:fs/promises";
import type { SchemaTree } from "hyparquet";
import { CorruptData, throwIfAborted } from "../../core/errors";
import type { TableRow } from "./jsonl";
import { projectPath } from "../paths";
import { unpackedBytes } from "./gzip";

/**
 * The rows of a parquet file, one row group in memory at a time; `line` counts rows from 1. A gzipped file is unpacked
 * into memory first. Whole numbers are
 * numbers where they fit (2⁵³), else bigint. Reads every compression that Hugging Face data sets come in.
 * Throws CorruptData for a file that is not parquet, is cut short, or is damaged.
 */
export async function* readParquet(
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<TableRow, void> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
  const { compressors: codecs } = await import("hyparquet-compressors");
  const compressors = Object.fromEntries(
    Object.entries(codecs).map(([name, decompress]) => [
      name,
      (input: Uint8Array, length: number) => (length === 0 ? new Uint8Array(0) : decompress(input, length)),
    ]),
  ); // an empty page is valid and is not given to the codec
  throwIfAborted(signal, `reading ${file}`);
  const source = await bytesOf(file);
  try {
    const bytes = { byteLength: source.byteLength, slice: (start: number, end?: number) => read(start, end) };
    const read = async (start: number, end = bytes.byteLength): Promise<ArrayBuffer> => {
      const from = start < 0 ? bytes.byteLength + start : start;
      const piece = new Uint8Array(end - from);
      const bytesRead = await source.read(piece, from);
      if (bytesRead < piece.length) throw new RangeError(`the file ends ${piece.length - bytesRead} bytes early`);
      return piece.buffer;
    };
    const metadata = await parquetMetadataAsync(bytes);
    const schema = parquetSchema(metadata);
    for (const { meta_data } of metadata.row_groups.flatMap(({ columns }) => columns))
      known(schema, meta_data?.path_in_schema);
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      throwIfAborted(signal, `reading ${file}`);
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await parquetReadObjects({
        file: bytes,
        metadata,
        compressors,
        parsers: { stringFromBytes },
        rowStart,
        rowEnd,
      });
      for (const [i, value] of rows.entries())
        yield { line: rowStart + i + 1, value: plain(value) as TableRow["value"] };
      rowStart = rowEnd;
    }
  } catch (error) {
    throw (error as Error).name === "Interrupted" ? error : unreadable(file, error as Error);
  } finally {
    await source.close();
  }
}

/** The bytes of a parquet file: those of the file, or of what a gzipped one holds. */
interface Bytes {
  readonly byteLength: number;
  /** Fills `piece` from the byte `from` on; returns how many bytes there were. */
  read(piece: Uint8Array, from: number): Promise<number>;
  close(): Promise<void>;
}

async function bytesOf(file: string): Promise<Bytes> {
  try {
    const unpacked = await unpackedBytes(file);
    if (unpacked)
      return {
        byteLength: unpacked.length,
        read: async (piece, from) => unpacked.copy(piece, 0, from, from + piece.length),
        close: async () => undefined,
      };
    const handle = await open(projectPath(file));
    return {
      byteLength: (await handle.stat()).size,
      read: async (piece, from) => (await handle.read(piece, 0, piece.length, from)).bytesRead,
      close: () => handle.close(),
    };
  } catch (error) {
    throw unreadable(file, error as Error);
  }
}

/**
 * Throws for a column that the schema lacks. hyparquet finds this only while it reads the other columns, and their
 * rejections would then end the program.
 */
function known(schema: SchemaTree, path: readonly string[] | undefined): void {
  let at: SchemaTree | undefined = schema;
  for (const name of path ?? []) at = at?.children.find(({ element }) => element.name === name);
  if (!path?.length || !at)
    throw new RangeError(`the column ${JSON.stringify(path?.join(".") ?? "")} is not in its schema`);
}

const unreadable = (file: string, cause: Error): CorruptData =>
  new CorruptData(
    file,
    `cannot be read as parquet: ${cause.message}`,
    "Check the path, and that the download is complete",
    { cause },
  );

/** Byte for byte: hyparquet's own decoder drops U+FEFF at the start of a text, and with it a letter of some prompts. */
const exact = new TextDecoder("utf-8", { ignoreBOM: true });
const stringFromBytes = (bytes: Uint8Array | undefined): string | undefined => bytes && exact.decode(bytes);

/** hyparquet gives int64 as bigint. A qid, a grade or an index becomes a number. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint")
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
