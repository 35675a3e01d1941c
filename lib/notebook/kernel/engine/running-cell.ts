import { AsyncLocalStorage } from "node:async_hooks";
import { Interrupted } from "../../../core/errors";
import type { Cell } from "../../cell";
import type { News } from "./engine-link";

/** One run of a cell: what it shows, and how it is told to stop. */
export interface RunningCell {
  readonly run: number;
  readonly cell: Cell; // as the cell's own code sees it
  abandoned: boolean; // it has been ended, though some of its code may still run
  /** Whether any code asked for the signal: if so it may end by itself, with its state, once told. */
  listens(): boolean;
  /** Fires the cell's signal. */
  tell(): void;
}

/** Says which run the present code belongs to, also after awaits and in timers. */
export const whose = new AsyncLocalStorage<RunningCell>();

/** A new run, which reports to `tellServer`. `beforeDisplay` lets printed text out first, so that order is kept. */
export function runningCell(run: number, tellServer: (news: News) => void, beforeDisplay: () => void): RunningCell {
  const abort = new AbortController();
  const shown = new Set<string>();
  let asked = false;
  const cell: Cell = {
    get signal() {
      if (!asked) tellServer({ kind: "listens", run });
      asked = true;
      return abort.signal;
    },
    display(data, { id, metadata = {} } = {}) {
      beforeDisplay();
      const again = id !== undefined && shown.has(id);
      if (id !== undefined) shown.add(id);
      const content = { data, metadata, transient: id === undefined ? {} : { display_id: id } };
      tellServer({ kind: "display", run, type: again ? "update_display_data" : "display_data", content });
    },
  };
  return { run, cell, abandoned: false, listens: () => asked, tell: () => abort.abort(new Interrupted("the cell")) };
}
