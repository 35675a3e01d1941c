import { hasTag, type Notebook, type NotebookCell } from "./nbformat";
import { noteTag } from "./outcome";

/** Metadata that a run or a front end leaves, of no use to the next reader. */
const traces = {
  cell: ["execution", "collapsed", "scrolled", "ExecuteTime", "papermill"],
  notebook: ["deepretrieval", "papermill", "widgets", "signature"],
} as const;

/**
 * The notebook as it was written: without outputs, numbers and traces of runs. Outputs of cells tagged `keep-output`
 * stay.
 */
export function stripped(notebook: Notebook): Notebook {
  return {
    ...notebook,
    metadata: without(notebook.metadata, traces.notebook),
    cells: notebook.cells
      .filter((cell) => !hasTag(cell, "injected-parameters") && !hasTag(cell, noteTag))
      .map(strippedCell),
  };
}

function strippedCell(cell: NotebookCell): NotebookCell {
  const bare = { ...cell, metadata: without(cell.metadata, traces.cell) };
  if (cell.cell_type !== "code" || hasTag(cell, "keep-output") || hasTag(cell, "keep_output")) return bare;
  return { ...bare, outputs: [], execution_count: null };
}

const without = <T extends Record<string, unknown>>(record: T, names: readonly string[]): T =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name))) as T;
