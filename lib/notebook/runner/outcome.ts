import { hasTag, joined, type Notebook, type NotebookCell } from "./nbformat";
import type { CellReport, RunReport } from "./report";

/** What a run has left of a notebook: which cells ran, and the note that says which did not. */

/** Tag of the cell that says which cells did not run. The next run and `nb strip` remove it. */
export const noteTag = "run-note";

/** Whether a run runs this cell. */
export const isToRun = (cell: NotebookCell): boolean =>
  cell.cell_type === "code" && joined(cell.source).trim() !== "" && !hasTag(cell, "skip-execution");

/** Metadata of a cell that an earlier run by any program has left. */
const traces = ["execution", "ExecuteTime", "papermill"] as const;

/**
 * The notebook before a run: without outputs, numbers, note and metadata of an earlier run. Changes its argument.
 */
export function withoutRun(notebook: Notebook): Notebook {
  for (const cell of notebook.cells) {
    for (const name of traces) delete cell.metadata[name];
    if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
  }
  delete notebook.metadata["papermill"];
  delete notebook.metadata["deepretrieval"];
  return { ...notebook, cells: notebook.cells.filter((cell) => !hasTag(cell, noteTag)) };
}

/**
 * Positions, from 0, of the cells that a run would run and that have not been run: without a number and without
 * outputs.
 */
export const cellsNotRun = ({ cells }: Notebook): number[] =>
  cells.flatMap((cell, i) =>
    isToRun(cell) && (cell.execution_count ?? null) === null && (cell.outputs ?? []).length === 0 ? [i] : [],
  );

/** Positions of the cells that failed or took too long, those that were meant to fail left out. */
export const failedCells = ({ cells, notebook }: Pick<RunReport, "cells" | "notebook">): number[] =>
  cells.flatMap(({ index, status }) =>
    status === "ok" ||
    status === "interrupted" ||
    (status === "error" && hasTag(notebook.cells[index]!, "raises-exception"))
      ? []
      : [index],
  );

/** The note for a run that did not come to its end, and where it belongs: behind the last cell that ran. */
export function runNote(
  notebook: Notebook,
  status: RunReport["status"],
  last: CellReport | undefined,
): { readonly at: number; readonly cell: NotebookCell } | undefined {
  if (status === "ok") return undefined;
  const at = last === undefined ? 0 : last.index + 1;
  const missing = cellsNotRun(notebook).map((i) => (i < at ? i : i + 1)); // as they stand behind the note
  const where = last === undefined ? "before its first cell" : `in cell ${last.index + 1}`;
  const source =
    `> **This run ${status === "failed" ? "failed" : "was interrupted"} ${where}.** ` +
    `${missing.length === 0 ? "Every cell ran" : `Not run: ${cellList(missing)}`}. All outputs are of this run.`;
  return { at, cell: { cell_type: "markdown", id: noteTag, metadata: { tags: [noteTag] }, source } };
}

/** "cell 5", "cells 5, 7 and 9": positions as people count, from 1; a long list by its ends. */
export function cellList(positions: readonly number[]): string {
  const numbers = positions.map((i) => i + 1);
  if (numbers.length === 1) return `cell ${numbers[0]}`;
  if (numbers.length > 8) return `${numbers.length} cells, from ${numbers[0]} to ${numbers.at(-1)}`;
  return `cells ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}
