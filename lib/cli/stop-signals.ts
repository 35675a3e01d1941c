export interface StopSignals {
  readonly interrupt: AbortSignal;
  readonly kill: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  release(): void;
}

/**
 * Ctrl-C, and a polite `kill`, as two AbortSignals: `interrupt` fires at the first, `kill` at the second.
 *
 * Two that come within a second count as one: started by npm, this process receives every Ctrl-C twice, once
 * from the terminal and once handed on by npm.
 */
export function stopSignals(onStop: (again: boolean) => void, sameWithin = 1000): StopSignals {
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
