import { Interrupted } from "../../../core/errors";
import { whose } from "./running-cell";

/**
 * How a busy loop is stopped. Nothing outside can stop JavaScript that runs after an await without corrupting the
 * process (measured: terminateExecution aborts Node 20), so every loop of a cell calls a check, which costs about
 * a nanosecond and throws once the run has been told to end. Finally blocks run, variables keep their values.
 */
export const checkCall = "globalThis.__stopCheck?.();";

/** Set by the guard thread, also while the main thread is busy: [raised or not, run to end]. */
export type StopFlag = Int32Array;

export const newStopFlag = (): StopFlag => new Int32Array(new SharedArrayBuffer(8));

/** Installs the check that `checkCall` calls. */
export function installStopChecks(flag: StopFlag): void {
  const check = (): void => {
    // Read plainly: Atomics.load costs 9 ns, and V8 lifts no read of shared memory out of a loop.
    if (flag[0] !== 0) stopIfMeant(flag);
  };
  Object.defineProperty(globalThis, "__stopCheck", { value: check, enumerable: false, configurable: true });
}

/** Raised too for what a run left behind: its loops end at their next turn. */
export function raise(flag: StopFlag): void {
  Atomics.store(flag, 0, 1);
}

function stopIfMeant(flag: StopFlag): void {
  const me = whose.getStore();
  if (me && (me.abandoned || me.run === Atomics.load(flag, 1))) throw new Interrupted("the cell");
}
