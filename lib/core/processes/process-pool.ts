import { fork, type ChildProcess } from "node:child_process";
import { afterRunning } from "./after-running";
import { onAbort, slots } from "./slots";

/** How a request ended. After every end but a reply the process has ended, and the next request starts another. */
export type ProcessOutcome<Reply> =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "late" } // no reply in time: the process was killed
  | { readonly kind: "died"; readonly how: string } // exit code or signal, and the end of stderr
  | { readonly kind: "unstarted"; readonly how: string }; // the process did not become ready in time

/** Processes that answer one request at a time each. */
export interface ProcessPool<Request, Reply> {
  /**
   * Sends `request` to a free process, and waits for one while all are busy. The limit `seconds` starts when the
   * request is sent. Throws Interrupted.
   */
  ask(
    request: Request,
    limits: { readonly seconds: number; readonly signal?: AbortSignal | undefined },
  ): Promise<ProcessOutcome<Reply>>;
  /** Kills all processes. Requests that run or wait throw Interrupted. */
  dispose(): void;
}

/**
 * Runs `module` in up to `width` processes, each started when it is first needed. They are processes because native
 * code that loops can be stopped in no other way: a worker thread inside such code survives terminate().
 *
 * The module sends "ready" once it listens, for which it has `startSeconds`, then one message for each it receives.
 * Idle processes do not keep the program alive. `environment` is added to that of this process.
 */
export function processPool<Request extends object, Reply>(
  module: string,
  width: number,
  { startSeconds, environment }: { readonly startSeconds?: number; readonly environment?: NodeJS.ProcessEnv } = {},
): ProcessPool<Request, Reply> {
  const places = slots<ChildProcess>(width, lives);
  const disposed = new AbortController();

  return {
    async ask(request, { seconds, signal }) {
      const stops = signal ? [signal, disposed.signal] : [disposed.signal];
      const slot = await places.acquire(stops);
      try {
        const child =
          slot.live ??
          fork(module, {
            serialization: "advanced",
            stdio: ["ignore", "ignore", "pipe", "ipc"],
            env: { ...process.env, ...environment },
          });
        if (!slot.live) {
          const ready = await settled<string>(child, {
            stops,
            ...(startSeconds === undefined ? {} : { seconds: startSeconds }),
          });
          if (ready.kind !== "reply") return { kind: "unstarted", how: ready.kind === "died" ? ready.how : ready.kind };
        }
        delete slot.live; // unless it answers
        hold(child, true);
        const reply = settled<Reply>(child, { seconds, stops });
        // a send fails only where the process has died, and `settled` reports that
        child.send(request, () => undefined);
        const outcome = await reply;
        hold(child, false);
        if (outcome.kind === "reply") slot.live = child;
        return outcome;
      } finally {
        places.release(slot);
      }
    },
    dispose() {
      disposed.abort();
      for (const child of places.idle()) child.kill("SIGKILL");
    },
  };
}

const lives = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** Whether a process keeps the program alive. */
function hold(child: ChildProcess, alive: boolean): void {
  for (const handle of [child, child.channel, child.stderr as unknown as { ref(): void; unref(): void } | null])
    alive ? handle?.ref() : handle?.unref();
}

/**
 * The next message of `child`, or why there is none. Kills the child after the time limit and when one of `stops`
 * fires.
 */
function settled<Reply>(
  child: ChildProcess,
  { seconds, stops }: { seconds?: number; stops: readonly AbortSignal[] },
): Promise<ProcessOutcome<Reply>> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (text: Buffer) => (said = (said + String(text)).slice(-2000));
    const answer = (reply: unknown) => done(() => resolve({ kind: "reply", reply: reply as Reply }));
    const fail = (error: Error) => done(() => resolve({ kind: "died", how: error.message }));
    const end = (code: number | null, signal: string | null) =>
      fail(new Error(`${signal ? `ended by ${signal}` : `exit code ${code}`}${said && `: ${said.trim()}`}`));
    const forget = onAbort(stops, (error) => done(() => (child.kill("SIGKILL"), reject(error))));
    const late = () => done(() => (child.kill("SIGKILL"), resolve({ kind: "late" })));
    const cancel = seconds === undefined ? undefined : afterRunning(seconds, late);
    const done = (settle: () => void) => {
      cancel?.();
      forget();
      child.off("message", answer).off("error", fail).off("close", end);
      child.stderr?.off("data", hear);
      settle();
    };
    child.once("message", answer).once("error", fail).once("close", end);
    child.stderr?.on("data", hear);
  });
}
