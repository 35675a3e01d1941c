import { existsSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../core/files/package-root";
import { ownFolder } from "../../core/files/own-folder";
import { executeNotebook, loadNotebook } from "./execute-notebook";
import { runLine } from "./nb-run";
import { findResult } from "./result";
import { command, exitCodes } from "../command/command";
import { flag, parameters, type Values } from "../command/options";

const options = {
  parameter: parameters("set a parameter of notebooks/pubmed_train.ipynb (may be repeated)"),
  json: flag(
    `print the result as JSON on the last line of stdout; of a run that did not reach its end, {"status", "error"}`,
  ),
};

/** `deepretrieval start`: the main job. */
export const start = command({
  topic: "Start here",
  words: "start",
  calls: "start [options]",
  does: "train the PubMed query rewriter and show what it learned",
  options,
  notes: `Ctrl-C stops after the present step and keeps what was done; a second one stops at once. Ends with 0 where the
run came to its result, 1 where a cell failed, 130 after Ctrl-C.`,
  run: train,
});

async function train({ parameter: values, json }: Values<typeof options>): Promise<number> {
  const name = "pubmed_train";
  const file = path.join(packageRoot, "notebooks", `${name}.ipynb`);
  const source = loadNotebook(file, values); // before the last run is moved aside
  const folder = path.join(packageRoot, "runs", name);
  const ours = (made: string): boolean =>
    [`${name}.ipynb`, "ppo/config.json"].some((file) => existsSync(path.join(made, file)));
  // a resumed run goes on in its folder
  ownFolder(folder, { where: "start", what: "an executed notebook", ours }, { keep: values["resume"] === "true" });
  const out = path.join(folder, `${name}.ipynb`);
  const html = path.join(folder, `${name}.html`);
  const report = await executeNotebook({ file, notebook: source, out, html, parameters: values });
  const { status, seconds, notebook, notRun } = report;

  const result = findResult(notebook); // of this run: it began without outputs
  const place = (file: string): string => path.relative(process.cwd(), file) || file;
  const lines = [
    ...(result ? ["", result.table, ""] : []),
    `executed notebook  ${place(out)}`,
    `as a web page      ${place(html)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  if (status === "ok" && result) {
    if (json) process.stdout.write(`${result.json}\n`);
    return exitCodes.ok;
  }
  const error =
    status === "ok"
      ? `the notebook ran to its end in ${seconds.toFixed(0)} s but displayed no report: one of its cells must`
      : (report.cells.at(-1)?.error ?? "no cell ran");
  process.stderr.write(`${runLine(report)}\n${result ? "" : `no result: ${error}\n`}`);
  const reached = result && { result: JSON.parse(result.json) as unknown };
  const failure = { status: status === "ok" ? "failed" : status, error, notRun, notebook: out, html, ...reached };
  if (json) process.stdout.write(`${JSON.stringify(failure)}\n`);
  return status === "ok" ? exitCodes.failed : exitCodes[status];
}
