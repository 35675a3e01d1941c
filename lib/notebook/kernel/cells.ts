import { setTimeout as sleep } from "node:timers/promises";
import { runtimeError, type CellError } from "./engine/cell-error";
import type { Engine } from "./engine/engine";
import type { Ending } from "./engine/engine-link";
import type { HistoryEntry } from "./history";
import { interruptDefaults, stopRun } from "./interrupt";
import type { Runs } from "./runs";
import type { Send } from "./wire/sockets";
import type { Content, Message } from "./wire/messages";

export const cellDefaults = {
  same: 2_000, // ms within which further interrupts count as the first: a client may send a signal and a message
  drain: 10, // ms to read what already waits in the socket before it is declared skipped
  ...interruptDefaults,
};

export interface Cells {
  /** Runs an execute_request and returns the content of its reply. `arrival` counts requests as they came in. */
  execute(request: Message, arrival: number): Promise<Content>;
  /**
   * Stops the running cell (see interrupt.ts), and skips what is queued behind it. A second one, later, does not wait.
   */
  interrupt(): void;
  /** Code of this run has asked for its signal. */
  listens(run: number): void;
  readonly history: readonly HistoryEntry[];
  /** Begins the count of cells and their history anew. */
  forget(): void;
}

/** What an interrupt needs to know of the running cell. */
type Running = {
  readonly run: number;
  readonly request: Message;
  listens: boolean;
  interrupted?: number;
  readonly ended: AbortController;
  readonly again: AbortController;
};

/**
 * Executes cells one after the other.
 *
 * @param arrived number of requests received so far. After an error or an interrupt, everything that had
 *   arrived before the reply is skipped, and what the client sent after it saw the reply is executed.
 */
export function createCells(
  {
    engine,
    runs,
    send,
    arrived,
  }: {
    engine: Pick<Engine, "execute" | "inspect" | "tell" | "abandon" | "breakOff" | "kill">;
    runs: Runs;
    send: Send;
    arrived: () => number;
  },
  times = cellDefaults,
): Cells {
  const history: HistoryEntry[] = [];
  let count = 0;
  let skipUpTo = 0;
  let running: Running | undefined;

  const skipArrived = async (): Promise<void> => {
    await sleep(times.drain);
    skipUpTo = arrived();
  };

  const failed = (error: CellError): Content => ({
    status: "error",
    execution_count: count,
    ...error,
    payload: [],
    user_expressions: {},
  });

  const run = async (
    request: Message,
    code: string,
    silent: boolean,
  ): Promise<{ readonly ending: Ending; readonly interrupted: boolean }> => {
    const me: Running = (running = {
      run: runs.begin(request),
      request,
      listens: false,
      ended: new AbortController(),
      again: new AbortController(),
    });
    const expressions = request.content["user_expressions"];
    try {
      const ending = await engine.execute({
        run: me.run,
        label: String(count),
        code,
        silent,
        expressions: isRecord(expressions) ? texts(expressions) : {},
      });
      return { ending, interrupted: me.interrupted !== undefined };
    } finally {
      running = undefined;
      me.ended.abort();
    }
  };

  /** `name?` and `?name`, as in IPython: what `name` is, in the reader's pager. */
  const explained = async (name: string): Promise<Content> => {
    const told = await engine.inspect(name, name.length);
    const found = told === null || told.trim() === "any" ? `${name}: no such name` : told; // a name has more to it
    return {
      status: "ok",
      execution_count: count,
      payload: [{ source: "page", data: { "text/plain": found }, start: 0 }],
      user_expressions: {},
    };
  };

  return {
    history,
    forget() {
      count = 0;
      history.length = 0;
    },
    listens: (run) => void (running?.run === run && (running.listens = true)),
    async execute(request, arrival) {
      if (arrival <= skipUpTo) return { status: "aborted", execution_count: count };
      const {
        code,
        silent = false,
        store_history = true,
        stop_on_error = true,
      } = request.content as { code: unknown; silent?: boolean; store_history?: boolean; stop_on_error?: boolean };
      if (typeof code !== "string")
        return failed(runtimeError(new TypeError(`execute_request: code is ${typeof code}, expected a string`)));
      if (!silent) {
        if (store_history) count++;
        send("iopub", "execute_input", { code, execution_count: count }, request);
      }
      const asked = /^\s*(?:\?{1,2}\s*([\w$.]+)|([\w$.]+)\s*\?{1,2})\s*$/.exec(code);
      if (asked) return explained(asked[1] ?? asked[2]!);
      const { ending, interrupted } = await run(request, code, silent);
      const shown = ending.kind === "ok" ? ending.shown : undefined;
      if (!silent && store_history)
        history.push({ line: count, code, ...(shown ? { output: String(shown.data["text/plain"] ?? "") } : {}) });
      if (!silent && shown) send("iopub", "execute_result", { execution_count: count, ...shown }, request);
      if (!silent && ending.kind === "failed") send("iopub", "error", { ...ending.error }, request);
      if (interrupted || (ending.kind === "failed" && stop_on_error)) await skipArrived();
      return ending.kind === "failed"
        ? failed(ending.error)
        : { status: "ok", execution_count: count, payload: [], user_expressions: ending.expressions };
    },
    interrupt() {
      const me = running;
      if (!me) return void (skipUpTo = arrived()); // between two cells: those that wait are not started
      if (me.interrupted !== undefined) {
        if (performance.now() - me.interrupted >= times.same) me.again.abort();
        return;
      }
      me.interrupted = performance.now();
      const say = (text: string): void => send("iopub", "stream", { name: "stderr", text }, me.request);
      void stopRun(
        { engine, run: me.run, listens: () => me.listens, ended: me.ended.signal, again: me.again.signal, say },
        times,
      );
    },
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const texts = (record: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, code]) => [name, String(code)]));
