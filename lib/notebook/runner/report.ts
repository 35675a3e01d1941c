import type { Notebook } from "./nbformat";
import type { CellStatus } from "./run-cell";

/** One cell of a run. */
export interface CellReport {
  readonly index: number; // position in the executed notebook
  readonly of: number; // cells in it
  readonly status: CellStatus;
  readonly seconds: number;
  readonly error?: string;
}

/** A run of a notebook, once it has ended. */
export interface RunReport {
  readonly notebook: Notebook; // executed, as far as the run came
  readonly status: "ok" | "failed" | "interrupted";
  readonly cells: readonly CellReport[];
  readonly notRun: readonly number[]; // positions in `notebook` of cells that should have run and did not
  readonly seconds: number;
}
