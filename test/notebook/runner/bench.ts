import { existsSync } from "node:fs";
import path from "node:path";
import { joined, type Notebook, type NotebookCell, type Output } from "../../../lib/notebook/runner/nbformat";

/** What the tests of the runner share: notebooks in one line, and a look at their outputs. */

export const root = path.resolve(__dirname, "../../..");
export const notebooks = path.join(root, "notebooks");

/** The kernel runs from the build, as it does for users: without one its tests are skipped. */
export const built =
  existsSync(path.join(root, "dist/notebook/kernel/main.js")) && existsSync(path.join(root, "dist/index.js"));

export const code = (source: string, ...tags: string[]): NotebookCell => ({
  cell_type: "code",
  id: "c",
  source,
  metadata: { tags },
  outputs: [],
  execution_count: null,
});
export const notebook = (...cells: (string | NotebookCell)[]): Notebook => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: cells.map((cell) => (typeof cell === "string" ? code(cell) : cell)),
});

/** An output in one line: "stdout: …", "value: …", "display: …", "error: name: message". */
export function brief(output: Output): string {
  if (output.output_type === "stream") return `${output.name}: ${joined(output.text)}`;
  if (output.output_type === "error") return `error: ${output.ename}: ${output.evalue}`;
  const label = output.output_type === "execute_result" ? "value" : "display";
  return `${label}: ${joined(output.data["text/plain"] as string[])}`;
}

export const outputs = (executed: Notebook, cell: number): string[] => (executed.cells[cell]?.outputs ?? []).map(brief);

/** The running cell, as library code sees it. */
export const cell = 'globalThis[Symbol.for("deepretrieval.cell") as any]()';
