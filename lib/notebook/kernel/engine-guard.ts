import { Socket } from "node:net";
import { workerData } from "node:worker_threads";

/**
 * A thread of the engine that still hears when its main thread is busy. The number of a run (4 bytes, little
 * endian) raises the flag that loops of cells look at (see stop-checks.ts). The end of the pipe means that the
 * server is gone, and ends the engine with everything it started: training must not go on unseen.
 */
function guard({ fd, flag }: { fd: number; flag: Int32Array }): void {
  const pipe = new Socket({ fd, readable: true, writable: false });
  pipe.on("data", (bytes) => {
    Atomics.store(flag, 1, bytes.readInt32LE(bytes.length - 4)); // written in one piece
    Atomics.store(flag, 0, 1);
  });
  pipe.on("error", end);
  pipe.on("close", end);
}

function end(): void {
  try {
    process.kill(-process.pid, "SIGKILL"); // the engine leads a group of its own
  } catch (error) {
    if (!["ESRCH", "EPERM", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    process.kill(process.pid, "SIGKILL");
  }
}

if (workerData) guard(workerData as { fd: number; flag: Int32Array });
