import { AsyncLocalStorage } from "node:async_hooks";
import { Interrupted } from "../../core/errors";
import type { Cell } from "../cell";
import type { Cause, Send } from "./sockets";

/** One run of a cell: what caused it, what it shows, and how it is told to stop. */
export interface RunningCell {
  readonly cause: Cause;
  readonly cell: Cell; // as the cell's own code sees it
  /** Whether any code asked for the signal: if so it may end by itself, with its state, once told. */
  listens(): boolean;
  /** Fires the cell's signal. */
  tell(): void;
}

/** Says which run the present code belongs to, also after awaits and in timers. */
export const whose = new AsyncLocalStorage<RunningCell>();

/** A new run. `beforeDisplay` lets printed text out first, so that order is kept. */
export function runningCell(cause: Cause, send: Send, beforeDisplay: () => void): RunningCell {
  const abort = new AbortController();
  const shown = new Set<string>();
  let asked = false;
  const cell: Cell = {
    get signal() {
      asked = true;
      return abort.signal;
    },
    display(data, { id, metadata = {} } = {}) {
      beforeDisplay();
      const again = id !== undefined && shown.has(id);
      if (id !== undefined) shown.add(id);
      send("iopub", again ? "update_display_data" : "display_data", { data, metadata, transient: id === undefined ? {} : { display_id: id } }, cause);
    },
  };
  return { cause, cell, listens: () => asked, tell: () => abort.abort(new Interrupted("the cell")) };
}
