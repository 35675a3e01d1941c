import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import type { ChildRecord } from "./child-processes";
import { descendants, processTable } from "./process-tree";

/** What the guard shares with the main thread. */
export interface GuardData {
  readonly fd: number;
  readonly flag: Int32Array;
  readonly children: ChildRecord;
}

/** How a child is asked to end, and how long it has, ms. */
const means = [
  ["SIGINT", 300],
  ["SIGTERM", 500],
  ["SIGKILL", 0],
] as const;

/**
 * A thread of the engine that still hears when its main thread is busy. The number of a run (4 bytes, little
 * endian) raises the flag that loops of cells look at (see stop-checks.ts), and ends the child process that the
 * main thread waits for. The end of the pipe means that the server is gone, and ends the engine with everything it
 * started: otherwise training would go on without a reader.
 */
function guard({ fd, flag, children }: GuardData): void {
  const pipe = new Socket({ fd, readable: true, writable: false });
  pipe.on("data", (bytes) => {
    Atomics.store(flag, 1, bytes.readInt32LE(bytes.length - 4)); // written in one piece
    Atomics.store(flag, 0, 1);
    void endWaitedFor(children);
  });
  pipe.on("error", end);
  pipe.on("close", end);
}

/** Ends what the main thread waits for: the children that it did not start to run beside it, and their children. */
async function endWaitedFor(children: ChildRecord): Promise<void> {
  const wait = Atomics.load(children, 0);
  for (const [signal, patience] of means) {
    if (wait === 0 || Atomics.load(children, 0) !== wait) return; // it is over; another may have begun
    const others = new Set(children.slice(2, 2 + Atomics.load(children, 1)));
    for (const pid of descendants(await processTable(), process.pid, others)) kill(pid, signal);
    await sleep(patience);
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended, or belongs to somebody else.
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

function end(): void {
  try {
    process.kill(-process.pid, "SIGKILL"); // the engine leads a group of its own
  } catch (error) {
    if (!["ESRCH", "EPERM", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    process.kill(process.pid, "SIGKILL");
  }
}

if (workerData) guard(workerData as GuardData);
