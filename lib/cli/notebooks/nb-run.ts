import path from "node:path";
import { cellList, failedCells } from "../../notebook/runner/outcome";
import type { RunReport } from "../../notebook/runner/run";
import { executeNotebook, exitCodes, loadNotebook } from "./execute-notebook";
import { namedValues, parseOptions, seconds as secondsOf, UsageError } from "../command/usage";

export const nbRunUsage = `deepretrieval nb run FILE [options]     run a notebook without a browser

  -p name=value    set a parameter of the notebook (may be repeated)
  -o OUT           executed notebook (default: FILE.executed.ipynb beside FILE)
  --html OUT       write it as one HTML page, too
  --timeout S      seconds a cell may take (default: no limit)
  --allow-errors   go on after a cell that fails; how many did is said
  --json           print the report as JSON on stdout

Ends with 0 where every cell ran and, without --allow-errors, none failed (tagged raises-exception, one may); with 1
where a cell failed or took too long; with 130 after Ctrl-C, which waits for the present step; a second one does not.
OUT holds the outputs of this run only, and says which cells did not run.`;

/** `deepretrieval nb run`. Returns the exit code. */
export async function nbRun(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args: [...argv],
    allowPositionals: true,
    options: {
      parameter: { type: "string", short: "p", multiple: true },
      output: { type: "string", short: "o" },
      html: { type: "string" },
      timeout: { type: "string" },
      "allow-errors": { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0)
    throw new UsageError(
      file === undefined ? "which notebook? Give one FILE." : `one notebook at a time; also given: ${others.join(" ")}`,
    );
  const { html, json = false, parameter = [] } = values;
  const timeout = secondsOf("--timeout", values.timeout);
  const out = values.output ?? path.join(path.dirname(file), `${path.basename(file, ".ipynb")}.executed.ipynb`);

  const parameters = namedValues(parameter);
  const notebook = loadNotebook(file, parameters);
  const report = await executeNotebook({
    file,
    notebook,
    out,
    ...(html === undefined ? {} : { html }),
    parameters,
    timeout,
    allowErrors: values["allow-errors"] ?? false,
  });
  const { status, seconds, cells, notRun } = report;
  process.stderr.write(`${runLine(report)}\n`);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ status, seconds: Number(seconds.toFixed(3)), failed: failedCells(report).length, notRun, notebook: out, html: html ?? null, cells })}\n`,
    );
  else process.stdout.write([out, html].flatMap((target) => (target === undefined ? [] : [`${target}\n`])).join(""));
  return exitCodes[status];
}

/** "failed: 5 cells in 2.0 s, 1 failed (cell 7); not run: cells 8 and 9". */
export function runLine(report: RunReport): string {
  const { status, seconds, cells, notRun } = report;
  const failed = failedCells(report);
  const failures = failed.length > 0 ? `, ${failed.length} failed (${cellList(failed)})` : "";
  return `${status}: ${cells.length} cells in ${seconds.toFixed(1)} s${failures}${notRun.length > 0 ? `; not run: ${cellList(notRun)}` : ""}`;
}
