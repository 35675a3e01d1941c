import { setTimeout as sleep } from "node:timers/promises";
import type { MimeBundle } from "../cell";
import { runtimeError, type CellError } from "./cell-error";
import type { Interpreter, Outcome } from "./interpreter";
import { runningCell, whose, type RunningCell } from "./running-cell";
import type { Send } from "./sockets";
import type { Content, Message } from "./wire";

/** A value as the front end will show it. */
export type Render = (value: unknown) => Promise<{ readonly data: MimeBundle; readonly metadata?: Content }>;

export const cellDefaults = {
  patience: 10_000, // ms an interrupted cell that listens to its signal may take to end by itself
  same: 2_000, // ms within which further interrupts count as the first: a client may send a signal and a message
  drain: 10, // ms to read what already waits in the socket before it is declared skipped
};

/** One executed cell, for history_request. */
export type HistoryEntry = readonly [session: number, line: number, code: string];

export interface Cells {
  /** Runs an execute_request and returns the content of its reply. `arrival` counts requests as they came in. */
  execute(request: Message, arrival: number): Promise<Content>;
  /** Tells the running cell to stop, and skips what is queued behind it. A second one, later, does not wait. */
  interrupt(): void;
  readonly history: readonly HistoryEntry[];
  /** The run that text without an owner belongs to: the present one, else the last. */
  owner(): RunningCell | undefined;
}

/**
 * Executes cells one after the other.
 *
 * @param arrived number of requests received so far. After an error or an interrupt, everything that had
 *   arrived before the reply is skipped, and nothing that was sent in the knowledge of it.
 */
export function createCells(
  { interpreter, render, send, flush, arrived }: { interpreter: Interpreter; render: Render; send: Send; flush: () => void; arrived: () => number },
  { patience, same, drain } = cellDefaults,
): Cells {
  const history: HistoryEntry[] = [];
  let count = 0;
  let skipUpTo = 0;
  let running: RunningCell | undefined;
  let last: RunningCell | undefined;
  let interrupted: number | undefined; // when, for the running cell

  const compute = async (code: string, silent: boolean, me: RunningCell): Promise<Outcome> => {
    const outcome = await interpreter.execute(code);
    if (outcome.kind === "failed" || silent || !("value" in outcome)) return outcome;
    try {
      const { data, metadata = {} } = await render(outcome.value);
      flush();
      send("iopub", "execute_result", { execution_count: count, data, metadata }, me.cause);
      return outcome;
    } catch (error) {
      return { kind: "failed", error: runtimeError(error) };
    }
  };

  const skipArrived = async (): Promise<void> => {
    await sleep(drain);
    skipUpTo = arrived();
  };

  const failed = (error: CellError): Content => ({ status: "error", execution_count: count, ...error, payload: [], user_expressions: {} });

  return {
    history,
    owner: () => whose.getStore() ?? running ?? last,
    async execute(request, arrival) {
      if (arrival <= skipUpTo) return { status: "aborted", execution_count: count };
      const { code, silent = false, store_history = true, stop_on_error = true } = request.content as { code: unknown; silent?: boolean; store_history?: boolean; stop_on_error?: boolean };
      if (typeof code !== "string") return failed(runtimeError(new TypeError(`execute_request: code is ${typeof code}, expected a string`)));
      if (!silent) {
        if (store_history) history.push([0, ++count, code]);
        send("iopub", "execute_input", { code, execution_count: count }, request);
      }
      const me = (running = last = runningCell(request, send, flush));
      interrupted = undefined;
      const outcome = await whose.run(me, () => compute(code, silent, me));
      running = undefined;
      flush();
      if (outcome.kind === "failed" && !silent) send("iopub", "error", { ...outcome.error }, request);
      if (interrupted !== undefined || (outcome.kind === "failed" && stop_on_error)) await skipArrived();
      return outcome.kind === "failed" ? failed(outcome.error) : { status: "ok", execution_count: count, payload: [], user_expressions: {} };
    },
    interrupt() {
      const me = running;
      if (!me) return void (skipUpTo = arrived()); // between two cells: those that wait are not started
      const again = interrupted !== undefined;
      if (again && performance.now() - interrupted! < same) return;
      interrupted ??= performance.now();
      me.tell();
      // Training that looks at its signal stops at the next step and returns its state: worth waiting for.
      if (again || !me.listens()) return interpreter.abandon();
      setTimeout(() => running === me && interpreter.abandon(), patience).unref();
    },
  };
}
