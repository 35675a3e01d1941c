import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
import { CorruptData } from "../../core/errors";
import { projectPath } from "../paths";

/**
 * The text of a file in pieces, decoded as UTF-8. A gzipped file is unpacked; its first two bytes decide, not its name.
 * Throws CorruptData for a file that cannot be read and for a gzip stream that is damaged or cut short.
 */
export async function* readText(
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<string, void> {
  const path = projectPath(file);
  const packed = await gzipped(path);
  const source = createReadStream(path, signal ? { signal } : {});
  const ignore = (): void => undefined; // a failure reaches the reader of the last stream, which the loop below is
  const unpacked: Readable = packed ? pipeline(source, createGunzip(), ignore) : source;
  unpacked.setEncoding("utf8");
  try {
    for await (const piece of unpacked) yield piece as string;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreadable(file, error);
  } finally {
    source.destroy();
  }
}

/**
 * The bytes of a gzipped file, unpacked; undefined for a file that is not gzipped. For forms that are not read from
 * their first byte to their last. Throws CorruptData as `readText` does.
 */
export async function unpackedBytes(file: string): Promise<Buffer | undefined> {
  const path = projectPath(file);
  if (!(await gzipped(path))) return undefined;
  try {
    return await promisify(gunzip)(await readFile(path));
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Whether these are the first bytes of a gzip stream. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

async function gzipped(file: string): Promise<boolean> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && isGzip(buffer);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): CorruptData {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CorruptData(file, `cannot be read: ${why}`, "Check the path, and that the download is complete", {
    cause,
  });
}
