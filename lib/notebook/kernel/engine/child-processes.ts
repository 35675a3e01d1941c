import childProcess, { ChildProcess } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { Interrupted } from "../../../core/errors";
import { whose } from "./running-cell";
import type { StopFlag } from "./stop-checks";

/**
 * What the guard thread must know of child processes: [the number of the wait that the main thread is in, or 0; how
 * many other children there are; their ids …]. A cell that waits in `execSync` blocks the engine. The guard then ends
 * the process that the cell waits for: it is the child that is not among the others.
 */
export type ChildRecord = Int32Array;

const most = 1000; // children that are known at a time

export const newChildRecord = (): ChildRecord => new Int32Array(new SharedArrayBuffer(4 * (most + 2)));

/** Ends the children that a run has started and awaits, as Ctrl-C does in a terminal. */
interface Children {
  interrupt(run: number): void;
}

/** Follows every child process that this process starts from now on. */
export function followChildren(record: ChildRecord, flag: StopFlag): Children {
  const running = new Map<ChildProcess, { readonly run: number | undefined; readonly detached: boolean }>();
  const note = (): void => {
    const ids = [...running.keys()].flatMap(({ pid }) => (pid === undefined ? [] : [pid])).slice(0, most);
    for (const [i, pid] of ids.entries()) Atomics.store(record, i + 2, pid);
    Atomics.store(record, 1, ids.length);
  };

  const prototype = ChildProcess.prototype as unknown as { spawn(options: { detached?: boolean }): unknown };
  const { spawn } = prototype;
  prototype.spawn = function (this: ChildProcess, options) {
    const result: unknown = spawn.call(this, options);
    running.set(this, { run: whose.getStore()?.run, detached: options.detached === true });
    note();
    this.once("exit", () => (running.delete(this), note()));
    if (this.pid === undefined) running.delete(this);
    return result;
  };

  let waits = 0;
  const waiting =
    (wait: (...all: unknown[]) => unknown) =>
    (...all: unknown[]): unknown => {
      Atomics.store(record, 0, ++waits);
      try {
        return wait(...all);
      } finally {
        Atomics.store(record, 0, 0);
        const me = whose.getStore();
        if (me && Atomics.load(flag, 0) !== 0 && (me.abandoned || me.run === Atomics.load(flag, 1)))
          // biome-ignore lint/correctness/noUnsafeFinally: an interrupt takes the place of the child's exit code.
          throw new Interrupted("the cell");
      }
    };
  const module = childProcess as unknown as Record<string, (...all: unknown[]) => unknown>;
  for (const name of ["spawnSync", "execSync", "execFileSync"]) module[name] = waiting(module[name]!);
  syncBuiltinESMExports();

  return {
    interrupt(run) {
      for (const [child, { run: from, detached }] of running) if (from === run && !detached) child.kill("SIGINT");
    },
  };
}
