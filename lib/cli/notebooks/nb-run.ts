import path from "node:path";
import { cellList, failedCells } from "../../notebook/runner/outcome";
import type { RunReport } from "../../notebook/runner/report";
import { executeNotebook, loadNotebook } from "./execute-notebook";
import { command, exitCodes } from "../command/command";
import { flag, parameters, text, type Values } from "../command/options";
import { oneFile, timeout } from "./notebook-options";

const options = {
  parameter: parameters("set a parameter of the notebook (may be repeated)"),
  output: text("OUT", "executed notebook (default: FILE.executed.ipynb beside FILE)", "o"),
  html: text("OUT", "write it as one HTML page, too"),
  timeout,
  allowErrors: flag("go on after a cell that fails; how many did is said"),
  json: flag("print the report as JSON on stdout"),
};

/** `deepretrieval nb run`. */
export const nbRun = command({
  topic: "Notebooks",
  words: "nb run",
  calls: "nb run FILE [options]",
  does: "run a notebook without a browser",
  options,
  operands: {},
  notes: `Ends with 0 where every cell ran and, without --allow-errors, none failed (tagged raises-exception, one may);
with 1 where a cell failed or took too long; with 130 after Ctrl-C, which waits for the present step; a second one does
not. OUT holds the outputs of this run only, and says which cells did not run.`,
  run: runOne,
});

async function runOne(
  { parameter: values, output, html, timeout, allowErrors, json }: Values<typeof options>,
  files: readonly string[],
): Promise<number> {
  const file = oneFile(files);
  const out = output ?? path.join(path.dirname(file), `${path.basename(file, ".ipynb")}.executed.ipynb`);
  const notebook = loadNotebook(file, values);
  const report = await executeNotebook({
    file,
    notebook,
    out,
    ...(html === undefined ? {} : { html }),
    parameters: values,
    timeout,
    allowErrors,
  });
  const { status, cells, notRun } = report;
  const [failed, seconds] = [failedCells(report).length, Number(report.seconds.toFixed(3))];
  process.stderr.write(`${runLine(report)}\n`);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ status, seconds, failed, notRun, notebook: out, html: html ?? null, cells })}\n`,
    );
  else process.stdout.write([out, html].flatMap((target) => (target === undefined ? [] : [`${target}\n`])).join(""));
  return exitCodes[status];
}

/** "failed: 5 cells in 2.0 s, 1 failed (cell 7); not run: cells 8 and 9". */
export function runLine(report: RunReport): string {
  const { status, seconds, cells, notRun } = report;
  const failed = failedCells(report);
  const failures = failed.length > 0 ? `, ${failed.length} failed (${cellList(failed)})` : "";
  return (
    `${status}: ${cells.length} ${cells.length === 1 ? "cell" : "cells"} in ${seconds.toFixed(1)} ` +
    `s${failures}${notRun.length > 0 ? `; not run: ${cellList(notRun)}` : ""}`
  );
}
