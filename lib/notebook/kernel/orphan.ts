import { Worker } from "node:worker_threads";

/**
 * Ends this process, and its group if it leads one, when its parent dies: a kernel whose notebook server
 * was killed would train on, unseen. A thread watches, because a busy cell lets no timer of this one fire.
 */
export function dieWithParent(everyMs = 1000): void {
  const watch = `
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid === parent) return;
      try { process.kill(-process.pid, "SIGKILL"); } catch { process.kill(process.pid, "SIGKILL"); }
    }, ${everyMs});`;
  new Worker(watch, { eval: true }).unref();
}
