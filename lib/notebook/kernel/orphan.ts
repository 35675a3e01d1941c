/**
 * Ends this process when its parent dies: a kernel whose notebook server was killed would train on, unseen. Its
 * engine ends with it (see engine-guard.ts). A timer is enough, since the server process is never busy.
 */
export function dieWithParent(everyMs = 1000): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, everyMs).unref();
}
