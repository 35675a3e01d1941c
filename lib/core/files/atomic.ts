import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file whole or not at all: a reader, or a crash, never meets half of it. Creates its folder. Where it
 * fails (disk full, no permission) the old file stands and nothing is left beside it. Content in parts is taken a
 * part at a time, so that it need not be in memory at once.
 */
export function writeAtomic(file: string, content: string | Uint8Array | Generator<Uint8Array>): void {
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.tmp`;
  try {
    writeSynced(
      part,
      typeof content === "string" ? [Buffer.from(content)] : content instanceof Uint8Array ? [content] : content,
    );
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** Writes and waits for the disk: a rename that overtakes its bytes would leave an empty file after a power cut. */
function writeSynced(file: string, parts: Iterable<Uint8Array>): void {
  const handle = openSync(file, "w");
  try {
    for (const bytes of parts) for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
