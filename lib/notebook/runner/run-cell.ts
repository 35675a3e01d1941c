import { setTimeout as sleep } from "node:timers/promises";
import type { MimeBundle } from "../cell";
import type { Content } from "../kernel/wire/messages";
import type { Client } from "./client";
import type { KernelProcess } from "./kernel-process";

/** How a cell ended. "interrupted" and "timeout" keep the outputs so far; after "dead" there is no kernel. */
export type CellStatus = "ok" | "error" | "interrupted" | "timeout" | "dead";
export interface CellEnd {
  readonly status: CellStatus;
  readonly error?: string; // what happened, in words
  readonly alive: boolean; // whether the kernel can run another cell
  readonly pages?: readonly MimeBundle[]; // what a front end shows in its pager: the answer to `name?`
}

interface CellLimits {
  /** seconds; 0 means none */
  readonly timeout: number;
  /** seconds an interrupted cell gets before its kernel is killed; see `runCell` */
  readonly grace?: number;
  /** The first Ctrl-C. */
  readonly interrupt: AbortSignal;
  /** The second Ctrl-C. */
  readonly kill: AbortSignal;
}

const patienceDefaults = {
  /** seconds a cell past its timeout gets to stop */
  late: 20,
  /** seconds without an answer after which an interrupted kernel counts as hanging */
  silence: 20,
  /** seconds between two questions whether it lives */
  ask: 1,
};

/**
 * Runs one cell to its end, its timeout or an interrupt.
 *
 * An interrupted cell has the time that its present step takes, or `grace` seconds. The kernel itself ends a cell that
 * does not listen to its signal. The kernel is killed where it does not answer, and by the second Ctrl-C.
 *
 * @param started resolves when the kernel has begun with it: an interrupt sent before would be lost
 */
export async function runCell(
  kernel: KernelProcess,
  client: Client,
  code: string,
  id: string,
  started: Promise<void>,
  limits: CellLimits,
): Promise<CellEnd> {
  const { timeout, grace, interrupt, kill } = limits;
  const done = new AbortController(); // lets go of timers and listeners
  const reply = client.request(
    "shell",
    "execute_request",
    { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true },
    id,
  );
  const ended = Promise.race([reply, kernel.death]).then(fromReply, fromDeath);
  try {
    const late =
      timeout > 0 ? started.then(() => sleep(timeout * 1000, "timeout" as const, { signal: done.signal })) : never;
    late.catch(() => undefined);
    const first = await Promise.race([ended, late, fired(interrupt, done.signal).then(() => "interrupted" as const)]);
    if (typeof first === "object") return first;

    const why = first === "timeout" ? `ran longer than ${timeout} s and was interrupted` : "was interrupted";
    await Promise.race([started, ended, fired(kill, done.signal)]);
    kernel.interrupt(); // stops a loop that is busy
    // A signal at a bad moment may be lost; this request arrives.
    void client.request("control", "interrupt_request", {});
    const given = grace ?? (first === "timeout" ? patienceDefaults.late : undefined);
    const patience =
      given === undefined ? silence(client, done.signal) : sleep(given * 1000, undefined, { signal: done.signal });
    patience.catch(() => undefined);
    const end = await Promise.race([ended, patience, fired(kill, done.signal)]);
    if (end)
      return { status: first, error: `the cell ${why}${end.alive ? "" : ", and its kernel ended"}`, alive: end.alive };
    kernel.kill();
    await ended;
    return {
      status: first,
      error: kill.aborted
        ? "the cell was stopped by force; its kernel is gone"
        : `the cell ${why}, ` +
          (given === undefined ? "its kernel stopped answering" : `did not stop within ${given} s`) +
          ", and its kernel was killed",
      alive: false,
    };
  } finally {
    done.abort();
  }
}

/** Resolves when the kernel has stopped answering. It answers while a cell is busy: another process runs the cells. */
async function silence(client: Client, done: AbortSignal): Promise<void> {
  const { silence: longest, ask } = patienceDefaults;
  for (;;) {
    const patience = new AbortController();
    const late = sleep(longest * 1000, false, { signal: AbortSignal.any([done, patience.signal]) });
    late.catch(() => undefined);
    const answered = await Promise.race([client.request("control", "kernel_info_request", {}).then(() => true), late]);
    patience.abort();
    if (!answered) return;
    await sleep(ask * 1000, undefined, { signal: done });
  }
}

const never = new Promise<never>(() => undefined);

function fromReply(content: Content): CellEnd {
  if (content["status"] === "ok") return { status: "ok", alive: true, pages: pagesOf(content["payload"]) };
  if (content["status"] === "error")
    return { status: "error", error: `${String(content["ename"])}: ${String(content["evalue"])}`, alive: true };
  return { status: "error", error: "the kernel skipped the cell", alive: true };
}

/** The pages of a reply's payload. Other kinds (a next cell's text, a request to leave) are for editors. */
const pagesOf = (payload: unknown): readonly MimeBundle[] =>
  (Array.isArray(payload) ? (payload as { source?: unknown; data?: MimeBundle }[]) : []).flatMap(({ source, data }) =>
    source === "page" && data ? [data] : [],
  );

const fromDeath = (error: Error): CellEnd => ({ status: "dead", error: error.message, alive: false });

/** Resolves when `signal` fires; gives up, unresolved, when `done` does. */
function fired(signal: AbortSignal, done: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true, signal: done }));
}
