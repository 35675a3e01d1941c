export interface StopSignals {
  readonly interrupt: AbortSignal;
  readonly kill: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  release(): void;
}

/** Started by npm, this process receives every Ctrl-C twice: once from the terminal and once handed on by npm. */
const sameSignal = process.env["npm_lifecycle_event"] === undefined ? 50 : 1000; // ms within which two count as one

/** Ctrl-C, and a polite `kill`, as two AbortSignals: `interrupt` fires at the first, `kill` at the second. */
export function stopSignals(onStop: (again: boolean) => void, sameWithin = sameSignal): StopSignals {
  const interrupt = new AbortController();
  const kill = new AbortController();
  let first = -Infinity;
  const stop = (): void => {
    const again = interrupt.signal.aborted;
    if (again && performance.now() - first < sameWithin) return;
    if (!again) first = performance.now();
    onStop(again);
    (again ? kill : interrupt).abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    interrupt: interrupt.signal,
    kill: kill.signal,
    release: (): void => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}
