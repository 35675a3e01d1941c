import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import type { Duplex } from "node:stream";
import { deathError } from "./engine-death";
import { pipes, readLines, type Ending, type Execution, type News, type Order } from "./engine-link";
import type { Completions } from "../completion/completion";
import type { StreamName } from "./streams";

/** The process that compiles and runs cells, as the server sees it. It is started anew when it dies. */
export interface Engine {
  /** Runs a cell. A process that dies over it is a failed cell, not an exception. */
  execute(execution: Execution): Promise<Ending>;
  complete(code: string, position: number): Promise<Completions>;
  inspect(code: string, position: number): Promise<string | null>;
  isComplete(
    code: string,
  ): Promise<{ readonly status: "complete" | "incomplete" | "invalid"; readonly indent: string }>;
  /** Forgets every variable. Resolves to whether the process is otherwise as it was at the start. */
  forget(): Promise<boolean>;
  /** Fires the signal of a run. Resolves to whether its code listens; not before the engine has time for it. */
  tell(run: number): Promise<boolean>;
  /** Answers a question that a cell asked. Without a text, `why` gives the reason. */
  answer(question: number, text: string | undefined, why?: string): void;
  /** Ends a run, whatever it waits for. With `busy` it ends a run that blocks the engine too. */
  abandon(run: number, busy: boolean): void;
  /**
   * Stops the synchronous code at the beginning of a cell, library code included. A call that comes too late would stop
   * the next cell.
   */
  breakOff(): void;
  /** Ends the process. The running cell fails with an error that says `why`. */
  kill(why: string): void;
  /** Ends the process for good. */
  close(): void;
}

interface EngineEvents {
  readonly onNews: (news: News) => void;
  /** Output that bypasses the kernel's streams: native libraries, programs that a cell started, crashes. */
  readonly onRaw: (name: StreamName, text: string) => void;
}

type Open = {
  readonly kind: Order["kind"];
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
};

/** Omit that keeps a union a union. */
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** Starts the engine of the package at `root`, in the present folder. */
export function startEngine(root: string, { onNews, onRaw }: EngineEvents): Engine {
  const open = new Map<number, Open>();
  let asked = 0;
  let closed = false;
  let doom: string | undefined; // why we killed it
  let child: ChildProcess;

  const start = (): void => {
    // The young generation has the usual 16 MB, whatever NODE_OPTIONS sets for other processes. Twice that starts
    // faster, but holds 100 MB more for good.
    const options = ["--max-semi-space-size=16", path.join(__dirname, "engine-main.js"), root];
    const started = (child = spawn(process.execPath, [...process.execArgv, ...options], {
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
      detached: true,
    }));
    let log = ""; // the last of its standard error: it says why it crashed
    const pipe = (fd: number) => pipeOf(started, fd);
    pipe(1).on("data", (chunk: Buffer) => onRaw("stdout", chunk.toString()));
    pipe(2).on("data", (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000);
      onRaw("stderr", chunk.toString());
    });
    pipe(pipes.news).on(
      "data",
      readLines<News>((news) => {
        if (news.kind !== "answered") return onNews(news);
        open.get(news.id)?.resolve(news.answer);
        open.delete(news.id);
      }),
    );
    for (const fd of [pipes.news, pipes.orders, pipes.guard]) pipe(fd).on("error", () => undefined); // "close" tells
    started.on("error", (error) => onRaw("stderr", `the process for cells could not be started: ${error.message}\n`));
    started.on("close", (code, signal) => {
      if (closed) return;
      const error = deathError({ code, signal, log, doom });
      doom = undefined;
      const failed: Ending = { kind: "failed", error };
      for (const [id, { kind, resolve, reject }] of open) {
        open.delete(id);
        if (kind === "execute") resolve(failed);
        else reject(Object.assign(new Error(error.evalue), { name: error.ename }));
      }
      start();
    });
  };

  const tell = (order: Order): void => void pipeOf(child, pipes.orders).write(`${JSON.stringify(order)}\n`);
  const ask = <T>(order: Without<Extract<Order, { readonly id: number }>, "id">): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++asked;
      open.set(id, { kind: order.kind, resolve: resolve as (answer: unknown) => void, reject });
      tell({ ...order, id } as Order);
    });

  start();
  return {
    execute: (execution) => ask({ kind: "execute", execution }),
    complete: (code, position) => ask({ kind: "complete", code, position }),
    inspect: (code, position) => ask({ kind: "inspect", code, position }),
    isComplete: (code) => ask({ kind: "isComplete", code }),
    forget: () => ask({ kind: "forget" }),
    tell: (run) => ask({ kind: "tell", run }),
    answer: (question, text, why) =>
      tell({
        kind: "answer",
        question,
        ...(text === undefined ? {} : { text }),
        ...(why === undefined ? {} : { why }),
      }),
    abandon(run, busy) {
      if (busy) {
        const number = Buffer.alloc(4);
        number.writeInt32LE(run);
        pipeOf(child, pipes.guard).write(number); // loops of the cell look at it
      }
      tell({ kind: "abandon", run });
    },
    breakOff: () => void child.kill("SIGINT"),
    kill(why) {
      doom = why;
      killGroup(child);
    },
    close() {
      closed = true;
      tell({ kind: "leave" });
    },
  };
}

/** Node types only the first five. */
const pipeOf = (child: ChildProcess, fd: number): Duplex => (child.stdio as unknown as readonly Duplex[])[fd]!;

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EINVAL")
      child.kill("SIGKILL"); // no groups on this system
    else if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // ESRCH: it has ended already
  }
}
