import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process and its parent. */
interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
}

/** The processes of this machine: from /proc where there is one, else from `ps`. Empty where there is neither. */
export async function processTable(): Promise<ProcessEntry[]> {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const parent = parentFromStat(Number(name));
        return parent === undefined ? [] : [{ pid: Number(name), parent }];
      });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return new Promise((resolve) => {
    const ps = execFile("ps", ["-A", "-o", "pid=,ppid="], (error, text) => {
      const rows = error
        ? []
        : text
            .trim()
            .split("\n")
            .map((line) => line.trim().split(/\s+/).map(Number));
      resolve(rows.map(([pid, parent]) => ({ pid: pid!, parent: parent! })).filter(({ pid }) => pid !== ps.pid));
    });
  });
}

function parentFromStat(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1"); // pid (name) state parent …; the name may hold anything
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // it has ended
  }
}

/** The processes below `root`, without those in `spared` and what is below them; parents come before their children. */
export function descendants(table: readonly ProcessEntry[], root: number, spared: ReadonlySet<number>): number[] {
  const found: number[] = [];
  const open = [root];
  for (const above of open) {
    for (const { pid, parent } of table) {
      if (parent !== above || spared.has(pid)) continue;
      found.push(pid);
      open.push(pid);
    }
  }
  return found;
}
