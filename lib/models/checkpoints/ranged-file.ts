import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CorruptData } from "../../core/errors";
import { placeholderFile } from "./placeholder-file";

/** An open file from which byte ranges are read. */
export interface RangedFile {
  readonly size: number; // bytes when it was opened
  /**
   * Reads bytes from … from + length − 1, into `buffer` if it is given. Throws CorruptData if the file has become
   * shorter.
   */
  read(from: number, length: number, buffer?: Uint8Array): Uint8Array;
  close(): void;
}

/** Opens a file for reading. Throws CorruptData if it does not exist. The caller closes it. */
export function openRanged(file: string): RangedFile {
  const again = "Copy or download the file again.";
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (cause) {
    throw new CorruptData(file, cause instanceof Error ? cause.message : String(cause), again, { cause });
  }
  const stats = fstatSync(handle);
  if (!stats.isFile()) {
    closeSync(handle);
    throw new CorruptData(file, "it is a folder, not a file", again);
  }
  const ranged: RangedFile = {
    size: stats.size,
    read(from, length, buffer = new Uint8Array(length)) {
      for (let done = 0; done < length; ) {
        const got = readSync(handle, buffer, done, length - done, from + done);
        if (got === 0) throw new CorruptData(file, `it ends at byte ${from + done} while it is read`, again);
        done += got;
      }
      return buffer.subarray(0, length);
    },
    close: () => closeSync(handle),
  };
  const other = placeholderFile(ranged.read(0, Math.min(200, stats.size)));
  if (!other) return ranged;
  closeSync(handle);
  throw new CorruptData(file, other.why, other.fix);
}
