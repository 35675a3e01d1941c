import { fork, type ChildProcess } from "node:child_process";
import { setMaxListeners } from "node:events";
import { Interrupted, throwIfAborted } from "../../core/errors";

/** How a request ended. The process is gone in every case but the first, and the next request starts another. */
export type Outcome<Reply> =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "late" } // no reply in time: the process was killed
  | { readonly kind: "died"; readonly how: string } // exit code or signal, and the last words of stderr
  | { readonly kind: "unstarted"; readonly how: string }; // it never came up

/** Processes that answer one request at a time each. */
export interface ProcessPool<Request, Reply> {
  /** Sends `request` to a free process, waiting for one if all are busy: `seconds` count from the sending. Throws Interrupted. */
  ask(request: Request, limits: { readonly seconds: number; readonly signal?: AbortSignal }): Promise<Outcome<Reply>>;
  /** Kills the processes, busy or not: requests under way and waiting throw Interrupted. */
  dispose(): void;
}

interface Slot {
  child?: ChildProcess; // alive and ready
}

/**
 * Runs `module` in up to `width` processes, each started when it is first needed. Processes, because native code that
 * loops can be stopped in no other way: a worker thread inside it outlives terminate().
 *
 * The module sends "ready" once it listens, then one message for each it receives. Idle processes do not
 * keep the program alive.
 */
export function processPool<Request extends object, Reply>(module: string, width: number): ProcessPool<Request, Reply> {
  const free: Slot[] = Array.from({ length: width }, () => ({}));
  const waiting: ((slot: Slot) => void)[] = [];
  const disposed = new AbortController();

  const acquire = (stops: readonly AbortSignal[]): Promise<Slot> => {
    const slot = free.find(({ child }) => child && lives(child)) ?? free[0];
    if (slot) return free.splice(free.indexOf(slot), 1), Promise.resolve(slot);
    return new Promise((resolve, reject) => {
      const give = (slot: Slot) => (forget(), resolve(slot));
      const forget = onAbort(stops, (error) => (forget(), waiting.splice(waiting.indexOf(give), 1), reject(error)));
      waiting.push(give);
    });
  };
  const release = (slot: Slot) => {
    const next = waiting.shift();
    if (next) next(slot);
    else free.push(slot);
  };

  return {
    async ask(request, { seconds, signal }) {
      const stops = signal ? [signal, disposed.signal] : [disposed.signal];
      for (const stop of stops) throwIfAborted(stop, "query");
      const slot = await acquire(stops);
      try {
        if (slot.child && !lives(slot.child)) delete slot.child; // killed from outside while it was idle
        const child = slot.child ?? fork(module, { serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"] });
        if (!slot.child) {
          const ready = await settled<string>(child, { stops });
          if (ready.kind !== "reply") return { kind: "unstarted", how: ready.kind === "died" ? ready.how : ready.kind };
        }
        delete slot.child; // unless it answers
        hold(child, true);
        const reply = settled<Reply>(child, { seconds, stops });
        child.send(request, () => undefined); // where it cannot be sent, the process has died, which `settled` reports
        const outcome = await reply;
        hold(child, false);
        if (outcome.kind === "reply") slot.child = child;
        return outcome;
      } finally {
        release(slot);
      }
    },
    dispose() {
      disposed.abort();
      for (const { child } of free) child?.kill("SIGKILL");
    },
  };
}

const lives = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** Whether a process keeps the program alive. */
function hold(child: ChildProcess, alive: boolean): void {
  for (const handle of [child, child.channel, child.stderr as unknown as { ref(): void; unref(): void } | null]) alive ? handle?.ref() : handle?.unref();
}

/** Calls `stop` when one of `signals` fires; returns how to forget about it. */
function onAbort(signals: readonly AbortSignal[], stop: (error: Error) => void): () => void {
  const fired = ({ target }: Event) => stop(new Interrupted("query", { cause: (target as AbortSignal).reason }));
  setMaxListeners(0, ...signals); // one of each request that waits is no leak
  for (const signal of signals) signal.addEventListener("abort", fired);
  return () => signals.forEach((signal) => signal.removeEventListener("abort", fired));
}

/** The next message of `child`, or why there is none. Kills it when time is up, and when one of `stops` fires. */
function settled<Reply>(child: ChildProcess, { seconds, stops }: { seconds?: number; stops: readonly AbortSignal[] }): Promise<Outcome<Reply>> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (text: Buffer) => (said = (said + String(text)).slice(-2000));
    const answer = (reply: unknown) => done(() => resolve({ kind: "reply", reply: reply as Reply }));
    const fail = (error: Error) => done(() => resolve({ kind: "died", how: error.message }));
    const end = (code: number | null, signal: string | null) => fail(new Error(`${signal ? `ended by ${signal}` : `exit code ${code}`}${said && `: ${said.trim()}`}`));
    const forget = onAbort(stops, (error) => done(() => (child.kill("SIGKILL"), reject(error))));
    const timer = seconds === undefined ? undefined : setTimeout(() => done(() => (child.kill("SIGKILL"), resolve({ kind: "late" }))), seconds * 1000);
    const done = (settle: () => void) => {
      clearTimeout(timer);
      forget();
      child.off("message", answer).off("error", fail).off("close", end);
      child.stderr?.off("data", hear);
      settle();
    };
    child.once("message", answer).once("error", fail).once("close", end);
    child.stderr?.on("data", hear);
  });
}
