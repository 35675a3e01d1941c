import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { notebookHtml } from "../../notebook/html/page";
import { readNotebook, type Notebook } from "../../notebook/runner/nbformat";
import { checkParameters, declaredParameters } from "../../notebook/runner/parameters";
import { createPace, stopLine } from "../../notebook/runner/pace";
import { progress, terminal } from "../../notebook/runner/progress";
import type { RunReport } from "../../notebook/runner/report";
import { runNotebook, type RunOptions } from "../../notebook/runner/run";
import { stopSignals, type StopSignals } from "../command/stop-signals";
import { UsageError } from "../command/usage";

export interface Execution {
  readonly file: string; // where the notebook came from: it runs in that folder
  readonly notebook: Notebook;
  readonly out: string; // the executed notebook
  readonly html?: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly timeout?: number; // seconds per cell
  readonly allowErrors?: boolean;
}

const languages = ["typescript", "javascript", "deepretrieval", "tslab", "jslab"];

/**
 * Reads a notebook that is to run with `parameters`. Throws UsageError where it does not take them or is in another
 * language.
 */
export function loadNotebook(file: string, parameters: Readonly<Record<string, string>>): Notebook {
  const notebook = readNotebook(file);
  const { name, language = name } = (notebook.metadata["kernelspec"] ?? {}) as { name?: string; language?: string };
  if (language !== undefined && !languages.includes(language))
    throw new UsageError(
      `${file} is written in ${language} (kernel ${name ?? "unnamed"}); only TypeScript notebooks run here. Use ` +
        "jupyter nbconvert --execute for it.",
    );
  try {
    checkParameters(declaredParameters(notebook), parameters);
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
  return notebook;
}

/**
 * Runs a notebook with live progress on stderr and writes it executed, as HTML too if asked. The first Ctrl-C stops
 * the running cell after its present step and keeps what there is, the second ends the kernel.
 */
export async function executeNotebook({
  file,
  notebook,
  out,
  html,
  parameters,
  timeout = 0,
  allowErrors = false,
}: Execution): Promise<RunReport> {
  for (const target of [out, html])
    if (target !== undefined) mkdirSync(path.dirname(path.resolve(target)), { recursive: true });
  if (html !== undefined) rmSync(html, { force: true }); // an earlier run's page must not outlive a run that is killed
  return underWatch(async ({ interrupt, kill }, shown) => {
    const report = await runNotebook(notebook, {
      cwd: path.dirname(path.resolve(file)),
      parameters,
      timeout,
      allowErrors,
      save: out,
      signal: interrupt,
      kill,
      ...shown,
    });
    if (html !== undefined) writeAtomic(html, notebookHtml(report.notebook));
    return report;
  });
}

/** Does `work` with its progress on stderr, and Ctrl-C and `kill` as signals; the first says how long it will wait. */
export async function underWatch<T>(
  work: (stop: StopSignals, shown: Required<Pick<RunOptions, "onOutput" | "onCell">>) => Promise<T>,
): Promise<T> {
  const pace = createPace();
  const { onOutput, onCell } = progress(terminal(process.stderr));
  const stop = stopSignals((again) => process.stderr.write(`\n${again ? "stopping now" : stopLine(pace)}\n`));
  try {
    return await work(stop, {
      onOutput: (message) => (pace.see(message), onOutput(message)),
      onCell: (report, cell) => (pace.end(), onCell(report, cell)),
    });
  } finally {
    stop.release();
  }
}
