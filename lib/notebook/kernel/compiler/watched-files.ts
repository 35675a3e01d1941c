import { statSync } from "node:fs";

/** The kind of change of a file: TypeScript's `FileWatcherEventKind`. */
const events = { created: 0, changed: 1, deleted: 2 } as const;

type Tell = (path: string, event: number) => void;

/** The files that the compiler has read. It is told when they change. */
interface WatchedFiles {
  watch(path: string, tell: Tell): { close(): void };
  /**
   * Looks at every file and tells the compiler of those that changed since the last look. Called before a cell is
   * compiled: nothing is polled in between, and a cell never sees an older state than the one on disk.
   * @returns whether any file changed
   */
  look(): boolean;
}

export function createWatchedFiles(): WatchedFiles {
  const files = new Map<string, { stamp: string; tell: Tell }>();
  return {
    watch(path, tell) {
      files.set(path, { stamp: fileStamp(path), tell });
      return { close: () => undefined }; // a file that was deleted may come again, and TypeScript must hear of that too
    },
    look() {
      let changed = false;
      for (const [path, file] of [...files]) {
        const stamp = fileStamp(path);
        if (stamp === file.stamp) continue;
        const event = file.stamp === absent ? events.created : stamp === absent ? events.deleted : events.changed;
        file.stamp = stamp;
        changed = true;
        file.tell(path, event);
      }
      return changed;
    },
  };
}

export const absent = "";

/**
 * Changes when the content of a file changes: size and time of the last change, in nanoseconds. `absent` where there is
 * none.
 */
export function fileStamp(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found?.isFile() ? `${found.size}/${found.mtimeNs}/${found.ino}` : absent;
}
