const parts = 10;

/**
 * Calls `late` after `seconds` in which this process ran. While it is stopped (Ctrl-Z, SIGSTOP) no time passes, or a
 * tenth of the limit at most: what it waits for may have been stopped with it.
 *
 * @returns a function that cancels the call
 */
export function afterRunning(seconds: number, late: () => void): () => void {
  let left = parts;
  const timer = setInterval(
    () => {
      if (--left > 0) return;
      clearInterval(timer);
      late();
    },
    (seconds * 1000) / parts,
  );
  return () => clearInterval(timer);
}
