/** Names the process that started this kernel, so that a kernel whose parent dies while it starts notices too. */
export const parentVariable = "DEEPRETRIEVAL_KERNEL_PARENT";

/**
 * Ends this process when its parent dies: otherwise a kernel whose notebook server was killed would go on training. Its
 * engine ends with it (see engine-guard.ts). A timer is enough, since the server process is never busy.
 */
export function dieWithParent(everyMs = 1000): void {
  const parent = Number(process.env[parentVariable]) || process.ppid;
  delete process.env[parentVariable]; // of this kernel only, not of one that a cell starts
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, everyMs).unref();
}
