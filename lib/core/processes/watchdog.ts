import { Worker } from "node:worker_threads";

/** Runs in a thread of its own, so that it sees even while something holds the main one. */
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
 * Ends this process when its parent is gone, and when it takes more memory than it is allowed.
 *
 * @returns sets the memory that it may take, MB; without limit until then
 */
export function startWatchdog(): (memory: number) => void {
  const watch = new Worker(code, { eval: true, execArgv: [] });
  watch.unref();
  let told: number | undefined; // waking a thread for every request would cost more than most requests do
  return (memory) => {
    if (memory !== told) watch.postMessage((told = memory));
  };
}
