import { Worker } from "node:worker_threads";

/** Runs in its own thread, so that it also works while native code blocks the main thread. */
const code = `
  const { parentPort } = require("node:worker_threads");
  const parent = process.ppid;
  let limits = { memory: Infinity, processorSeconds: Infinity };
  let atStart = 0;
  const used = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  parentPort.on("message", (given) => {
    limits = { processorSeconds: Infinity, ...given };
    atStart = used();
  });
  setInterval(() => {
    const why =
      process.memoryUsage.rss() > limits.memory * 2 ** 20
        ? "out of memory: it took more than " + limits.memory + " MB"
        : used() - atStart > limits.processorSeconds
          ? "it took more than " + limits.processorSeconds + " s of the processor"
          : undefined;
    if (why !== undefined) require("node:fs").writeSync(2, why);
    if (why !== undefined || process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, 25);
`;

/** What the process may take. */
export interface WatchdogLimits {
  readonly memory: number; // MB
  /**
   * from now on, by all threads together. The clock would count the time that other programs of the machine take; this
   * does not
   */
  readonly processorSeconds?: number;
}

/**
 * Ends this process when its parent has ended, and when it takes more than a limit.
 *
 * @returns a function that sets the limits; there is none before the first call
 */
export function startWatchdog(): (limits: WatchdogLimits) => void {
  const watch = new Worker(code, { eval: true, execArgv: [] });
  watch.unref();
  let told: number | undefined; // waking a thread for every request would cost more than most requests do
  return (limits) => {
    if (limits.memory === told && limits.processorSeconds === undefined) return;
    told = limits.memory;
    watch.postMessage(limits);
  };
}
