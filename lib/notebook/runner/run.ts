import { randomUUID } from "node:crypto";
import { packageRoot } from "../../core/files/package-root";
import { newHeader, type Message } from "../kernel/wire/messages";
import { createCollector } from "./collect";
import { ownKernel, type KernelSpec } from "./kernel-process";
import { ownKernels, type Kernels } from "./kernels";
import { hasTag, joined, writeNotebook, type Notebook, type NotebookCell } from "./nbformat";
import { cellsNotRun, isToRun, runNote, withoutRun } from "./outcome";
import { checkParameters, declaredParameters, injectParameters, type ParameterValue } from "./parameters";
import { runCell, type CellEnd } from "./run-cell";
import type { CellReport, RunReport } from "./report";
import { environmentStamp } from "./stamp";

export interface RunOptions {
  /** the notebook's folder: relative imports and files start here */
  readonly cwd: string;
  /** texts are read as the declared type */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** seconds per cell; 0 means none (default) */
  readonly timeout?: number;
  /** Seconds from an interrupt to a killed kernel. The default is what the present step takes. */
  readonly grace?: number;
  /** go on after a failing cell */
  readonly allowErrors?: boolean;
  /** the executed notebook is written here after every cell */
  readonly save?: string;
  /** interrupts the running cell, then ends the run */
  readonly signal?: AbortSignal | undefined;
  /** ends the kernel at once */
  readonly kill?: AbortSignal;
  readonly kernel?: KernelSpec;
  /** where the kernel comes from; the default is one of its own */
  readonly kernels?: Kernels;
  readonly onOutput?: (message: Message) => void;
  readonly onCell?: (report: CellReport, cell: NotebookCell) => void;
}

const idle = new AbortController().signal; // never fires
const saveEvery = 10_000; // ms between saves while one cell runs

/**
 * Runs a notebook through our kernel, headless, and returns it executed; the one given is not changed. All outputs
 * are cleared before the first cell runs, so whatever the executed notebook shows is of this run. It stops at the
 * first failing cell unless that is tagged `raises-exception`, and then holds a note of the cells that did not run.
 * Cells tagged `skip-execution` are left out.
 *
 * Throws TypeError for bad parameters before anything is started, KernelDied where the kernel cannot be started;
 * `save` is not written then.
 */
export async function runNotebook(source: Notebook, options: RunOptions): Promise<RunReport> {
  const { cwd, timeout = 0, grace, allowErrors = false, save, signal = idle, kill = idle, onOutput, onCell } = options;
  const begun = performance.now();
  const declared = declaredParameters(source);
  const given = checkParameters(declared, options.parameters ?? {});
  const notebook = injectParameters(withoutRun(structuredClone(source)), given);
  const values = {
    ...Object.fromEntries(declared.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
    ...given,
  };
  const stamp = environmentStamp(packageRoot, values);
  const reports: CellReport[] = [];
  const collector = createCollector();
  const beginnings = new Map<string, () => void>(); // by request: called when the kernel begins with it
  let savedAt = performance.now();

  const store = (status: string): void => {
    const cells = reports.map(({ index, status: end, seconds }) => ({ index, status: end, seconds: round(seconds) }));
    notebook.metadata["deepretrieval"] = { ...stamp, status, cells, notRun: cellsNotRun(notebook) };
    if (save !== undefined) writeNotebook(save, notebook);
    savedAt = performance.now();
  };
  const published = (message: Message): void => {
    if (message.header.msg_type === "execute_input") beginnings.get(message.parent.msg_id ?? "")?.();
    const changed = collector.add(message);
    onOutput?.(message);
    if (changed && performance.now() - savedAt > saveEvery) store("running");
  };

  if (!signal.aborted)
    await (options.kernels ?? ownKernels).lend(
      { spec: options.kernel ?? ownKernel(packageRoot), cwd, signal, kill, onPublished: published },
      async (kernel, client) => {
        notebook.metadata["language_info"] = client.info["language_info"];
        store("running");
        for (const [index, cell] of notebook.cells.entries()) {
          if (signal.aborted) return false;
          const code = joined(cell.source);
          if (!isToRun(cell)) continue;
          const id = randomUUID();
          collector.begin(id, cell);
          const started = new Promise<void>((resolve) => beginnings.set(id, resolve));
          const from = performance.now();
          const end = await runCell(kernel, client, code, id, started, {
            timeout,
            ...(grace === undefined ? {} : { grace }),
            interrupt: signal,
            kill,
          });
          noteInCell(cell, end);
          for (const page of pageMessages(id, end)) if (collector.add(page)) onOutput?.(page);
          const { status, error, alive } = end;
          const report: CellReport = {
            index,
            of: notebook.cells.length,
            status,
            seconds: (performance.now() - from) / 1000,
            ...(error === undefined ? {} : { error }),
          };
          reports.push(report);
          store("running");
          onCell?.(report, cell);
          const goOn = status === "ok" || hasTag(cell, "raises-exception") || allowErrors;
          if (!goOn || !alive) return false;
        }
        return reports.every((report) => report.status === "ok");
      },
    );
  const complete =
    cellsNotRun(notebook).length === 0 &&
    reports.every((report) => report.status === "ok" || tolerated(report, notebook, allowErrors));
  const status = complete ? "ok" : signal.aborted ? "interrupted" : "failed";
  const note = runNote(notebook, status, reports.at(-1));
  if (note) notebook.cells.splice(note.at, 0, note.cell);
  store(status);
  return {
    notebook,
    status,
    cells: reports,
    notRun: cellsNotRun(notebook),
    seconds: (performance.now() - begun) / 1000,
  };
}

/** A cell that ended badly says so in its own outputs, if the kernel could not. */
function noteInCell(cell: NotebookCell, { status, error = "", alive }: CellEnd): void {
  const told =
    status === "ok" ||
    (status === "interrupted" && alive) ||
    cell.outputs?.some((output) => output.output_type === "error");
  if (told) return;
  (cell.outputs ??= []).push({
    output_type: "error",
    ename: names[status],
    evalue: error.split("\n")[0] ?? "",
    traceback: error.split("\n"),
  });
}

/** Here is no pager: its pages become displays of the cell that the request `id` ran. */
const pageMessages = (id: string, { pages = [] }: CellEnd): Message[] =>
  pages.map((data) => ({
    routing: [],
    header: newHeader("display_data", "", "", randomUUID()),
    parent: { msg_id: id },
    metadata: {},
    content: { data, metadata: {} },
  }));

const names = { ok: "", error: "Error", interrupted: "Interrupted", timeout: "Timeout", dead: "KernelDied" } as const;

function tolerated({ index, status }: CellReport, { cells }: Notebook, allowErrors: boolean): boolean {
  const cell = cells[index];
  return status === "error" && (allowErrors || (cell !== undefined && hasTag(cell, "raises-exception")));
}

const round = (seconds: number): number => Number(seconds.toFixed(3));
