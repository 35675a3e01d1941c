import { differences, hasOutputs, type Difference } from "./compare";
import { joined, type Notebook } from "./nbformat";
import { cellList, cellsNotRun } from "./outcome";
import { declaredParameters, type ParameterValue } from "./parameters";
import { runNotebook, type RunOptions } from "./run";
import type { Stamp } from "./stamp";

/** The result of running a notebook again. */
export interface Check {
  // A notebook failed where it did not run to its end, and where there was nothing to compare with.
  readonly status: "same" | "different" | "failed";
  readonly cells: number; // cells that ran
  readonly seconds: number;
  readonly differences: readonly Difference[];
  readonly error?: string; // of a failed one
}

/**
 * Runs a stored notebook again and compares the outputs. The default parameters are those of the stored outputs.
 */
export async function compareRun(stored: Notebook, options: RunOptions): Promise<Check> {
  if (!hasOutputs(stored))
    return {
      status: "failed",
      cells: 0,
      seconds: 0,
      differences: [],
      error: "it has no stored outputs to compare with. Run it and store them: nb run FILE -o FILE",
    };
  const missing = cellsNotRun(stored);
  const { status } = (stored.metadata["deepretrieval"] ?? {}) as { status?: string };
  if (missing.length > 0 && status !== undefined && status !== "ok") {
    return {
      status: "failed",
      cells: 0,
      seconds: 0,
      differences: [],
      error:
        `its stored outputs are of a run that ${ends[status] ?? ends["running"]!}: ${cellList(missing)} did not ` +
        "run. Run it and store the outputs: nb run FILE -o FILE",
    };
  }
  const report = await runNotebook(stored, {
    ...options,
    parameters: { ...usedParameters(stored), ...options.parameters },
  });
  const found = { cells: report.cells.length, seconds: Number(report.seconds.toFixed(3)) };
  if (report.status === "ok") {
    const differing = differences(stored, report.notebook);
    return { ...found, status: differing.length > 0 ? "different" : "same", differences: differing };
  }
  const last = report.cells.at(-1);
  const source = last === undefined ? "" : joined(report.notebook.cells[last.index]?.source ?? "").split("\n")[0];
  const rest = report.notRun.length > 0 ? `; ${cellList(report.notRun)} did not run` : "";
  const why =
    report.status === "interrupted"
      ? "interrupted"
      : `${last?.error ?? "no cell ran"}${source ? `, in the cell that begins with ${source}` : ""}`;
  return { ...found, status: "failed", differences: [], error: `${why}${rest}` };
}

const ends: Readonly<Record<string, string>> = {
  failed: "failed",
  interrupted: "was interrupted",
  running: "was ended from outside",
};

/** Parameters that the stored outputs were made with, where they are not the notebook's own. */
function usedParameters(notebook: Notebook): Record<string, ParameterValue> {
  const { parameters = {} } = (notebook.metadata["deepretrieval"] ?? {}) as Partial<Stamp>;
  return Object.fromEntries(
    declaredParameters(notebook).flatMap(({ name, value }) =>
      name in parameters && parameters[name] !== value ? [[name, parameters[name]!]] : [],
    ),
  );
}
