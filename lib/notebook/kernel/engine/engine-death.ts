import { getHeapStatistics } from "node:v8";
import type { CellError } from "./cell-error";

/** How the engine process ended. */
interface Death {
  readonly code: number | null;
  readonly signal: string | null;
  readonly log: string; // the last of its standard error
  readonly doom?: string | undefined; // why the server ended it, if it did
}

const lost =
  "Every variable is gone, what was shown is kept; a fresh process is ready: run the notebook again from the top.";

/** The error of the cell that was running when the process for cells ended: what happened, why, and what to do. */
export function deathError({ code, signal, log, doom }: Death): CellError {
  if (doom !== undefined) return toldBy("Interrupted", `${doom}. ${lost}`);
  if (/heap out of memory|Reached heap limit|invalid table size|ERR_WORKER_OUT_OF_MEMORY/i.test(log)) {
    const limit = Math.round(getHeapStatistics().heap_size_limit / 2 ** 20);
    return toldBy(
      "OutOfMemory",
      `the cell needed more memory than the ${limit} MB that Node gives to JavaScript values. ${lost} Work on ` +
        `less at a time, or start Jupyter with NODE_OPTIONS=--max-old-space-size=${limit * 2}.`,
    );
  }
  if (signal === "SIGKILL")
    return toldBy(
      "ProcessKilled",
      "the process of the cells was ended by SIGKILL: by a person, or by the system because memory ran out. " +
        `${lost} Work on less at a time if it was memory.`,
    );
  if (signal !== null)
    return toldBy(
      "ProcessKilled",
      `the process of the cells ended by ${signal}: a crash in native code, or a signal from outside. ${lost}`,
      tail(log),
    );
  return toldBy(
    "ProcessExited",
    `the cell ended its process with exit code ${String(code)}. ${lost} Leave process.exit out of cells.`,
    code === 0 ? [] : tail(log),
  );
}

const toldBy = (ename: string, evalue: string, more: readonly string[] = []): CellError => ({
  ename,
  evalue,
  traceback: [`${ename}: ${evalue}`, ...more],
});

const tail = (log: string): string[] =>
  log
    .trim()
    .split("\n")
    .slice(-8)
    .filter((line) => line !== "");
