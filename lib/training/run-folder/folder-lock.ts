import { existsSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { isRunning } from "../../core/processes/is-running";

/** The right of one run to write into a folder. */
export interface FolderLock {
  /** False when a later run of this process has taken the folder. */
  isHeld(): boolean;
  release(): void;
}

/** A process that writes into a folder. */
interface Owner {
  readonly host: string;
  readonly process: number;
  readonly begun: string; // tells it from a later process of the same number; "" where the system does not say
}

const lockName = ".run.lock";

/** The run of this process that holds each folder. */
const holders = new Map<string, symbol>();

/** When a process began, in ticks since the start of the system; "" where there is no /proc, or no such process. */
function beginOf(id: number): string {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""; // the name, in brackets, may have spaces
  } catch {
    return "";
  }
}

function runs({ host, process: id, begun }: Owner): boolean {
  if (host !== hostname()) return false; // whether it still runs cannot be seen from here
  return isRunning(id) && begun === beginOf(id);
}

function ownerOf(file: string): Owner | undefined {
  try {
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Owner) : undefined;
  } catch {
    return undefined; // it was cut when a process was killed
  }
}

/**
 * Throws RangeError where another process writes into `folder` now. What a process has left that is gone is removed.
 */
export function expectUnlocked(where: string, folder: string): void {
  const file = join(folder, lockName);
  const owner = ownerOf(file);
  if (owner && owner.process !== process.pid && runs(owner))
    throw new RangeError(
      `${where}: process ${owner.process} has a run in ${folder}, and two runs in one folder would mix their files. ` +
        "Wait for it or stop it, or name another folder.",
    );
  if (owner) rmSync(file, { force: true });
}

/**
 * Takes a folder for a run. An earlier run of this process that holds it loses it, as when a cell is executed again;
 * one of another process is refused (expectUnlocked). A process that was killed holds nothing.
 */
export function lockFolder(folder: string): FolderLock {
  const own = Symbol(folder);
  const file = join(folder, lockName);
  holders.set(folder, own);
  const owner: Owner = { host: hostname(), process: process.pid, begun: beginOf(process.pid) };
  writeAtomic(file, `${JSON.stringify(owner)}\n`);
  const isHeld = () => holders.get(folder) === own;
  return {
    isHeld,
    release() {
      if (!isHeld()) return;
      holders.delete(folder);
      rmSync(file, { force: true });
    },
  };
}
