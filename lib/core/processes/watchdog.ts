import { Worker } from "node:worker_threads";

/** Runs in its own thread, so that it also works while native code blocks the main thread. */
const code = `
  const { parentPort } = require("node:worker_threads");
  const parent = process.ppid;
  let most = Infinity; // MB
  parentPort.on("message", (memory) => (most = memory));
  setInterval(() => {
    const full = process.memoryUsage.rss() > most * 2 ** 20;
    if (full) require("node:fs").writeSync(2, "out of memory: it took more than " + most + " MB");
    if (full || process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, 25);
`;

/**
 * Ends this process when its parent has ended, and when it takes more memory than the limit.
 *
 * @returns a function that sets the memory limit in MB; there is no limit before the first call
 */
export function startWatchdog(): (memory: number) => void {
  const watch = new Worker(code, { eval: true, execArgv: [] });
  watch.unref();
  let told: number | undefined; // waking a thread for every request would cost more than most requests do
  return (memory) => {
    if (memory !== told) watch.postMessage((told = memory));
  };
}
