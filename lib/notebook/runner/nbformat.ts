import { readFileSync } from "node:fs";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";

/** Notebook files, nbformat 4.5. Long texts are stored as lists of lines, JSON types as they are. */

export type Text = string | readonly string[];

export type Output =
  | { output_type: "stream"; name: string; text: Text }
  | { output_type: "display_data"; data: Record<string, unknown>; metadata: Record<string, unknown> }
  | {
      output_type: "execute_result";
      data: Record<string, unknown>;
      metadata: Record<string, unknown>;
      execution_count: number | null;
    }
  | { output_type: "error"; ename: string; evalue: string; traceback: readonly string[] };

export interface NotebookCell {
  cell_type: "code" | "markdown" | "raw";
  id: string;
  source: Text;
  metadata: Record<string, unknown> & { tags?: readonly string[] };
  outputs?: Output[]; // code cells only
  execution_count?: number | null; // code cells only
}

export interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: NotebookCell[];
}

/** A stored text in one piece. */
export const joined = (text: Text): string => (typeof text === "string" ? text : text.join(""));

/** A text as it is stored: lines that keep their ends. */
export const lines = (text: string): string[] => (text === "" ? [] : text.split(/(?<=\n)/));

export const hasTag = (cell: NotebookCell, tag: string): boolean => cell.metadata.tags?.includes(tag) ?? false;

/** Reads a notebook. Throws CorruptData where the file is not one of nbformat 4. */
export function readNotebook(file: string): Notebook {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new CorruptData(file, `not a readable notebook (${(cause as Error).message})`, "Check the path.", { cause });
  }
  return parseNotebook(file, text);
}

/** The notebook in `text`; `file` names it in errors. Throws CorruptData. */
export function parseNotebook(file: string, text: string): Notebook {
  let value: Partial<Notebook> | null;
  try {
    value = JSON.parse(text) as Partial<Notebook> | null;
  } catch (cause) {
    throw new CorruptData(
      file,
      `not a readable notebook (${(cause as Error).message})`,
      "Restore the file: a notebook is JSON, and this one may have been cut or merged badly.",
      { cause },
    );
  }
  if (typeof value !== "object" || value === null)
    throw new CorruptData(file, `it holds ${text.trim().slice(0, 20)}, not a notebook`, "Restore the file.");
  if (value.nbformat !== 4)
    throw new CorruptData(
      file,
      `nbformat is ${JSON.stringify(value.nbformat)}, not 4`,
      "Open and save it in a current Jupyter.",
    );
  if (!Array.isArray(value.cells)) throw new CorruptData(file, "it has no list of cells", "Restore the file.");
  const cells = value.cells.map((cell, i) => checkedCell(file, cell, i));
  return { nbformat: 4, nbformat_minor: 5, metadata: value.metadata ?? {}, cells };
}

/** A notebook as Jupyter stores it. */
export const notebookText = (notebook: Notebook): string => `${JSON.stringify(notebook, null, 1)}\n`;

/** Writes a notebook so that a reader sees the old file or the new one, never half of either. */
export function writeNotebook(file: string, notebook: Notebook): void {
  writeAtomic(file, notebookText(notebook));
}

function checkedCell(file: string, cell: unknown, i: number): NotebookCell {
  const { cell_type, source, metadata = {}, id = `cell-${i + 1}`, ...rest } = (cell ?? {}) as Partial<NotebookCell>;
  if (cell_type !== "code" && cell_type !== "markdown" && cell_type !== "raw")
    throw new CorruptData(file, `cell ${i + 1} has cell_type ${JSON.stringify(cell_type)}`, "Restore the file.");
  const isText =
    typeof source === "string" || (Array.isArray(source) && source.every((line) => typeof line === "string"));
  if (!isText) throw new CorruptData(file, `cell ${i + 1} has no source text`, "Restore the file.");
  const code = cell_type === "code" ? { execution_count: null, outputs: [] } : {};
  return { cell_type, id, metadata, ...code, ...rest, source: source as Text };
}
