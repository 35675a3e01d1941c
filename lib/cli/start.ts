import { mkdirSync } from "node:fs";
import path from "node:path";
import { moveAside } from "../core/move-aside";
import { executeNotebook, exitCodes, loadNotebook } from "./execute-notebook";
import { findResult } from "./result";
import { namedValues, parseOptions } from "./usage";

export const startUsage = `deepretrieval start [options]           train the PubMed query rewriter and show what it learned

  -p name=value    set a parameter of notebooks/pubmed_train.ipynb (may be repeated)
  --json           print the result as JSON on the last line of stdout`;

const packageRoot = path.resolve(__dirname, "../..");

/** `deepretrieval start`: the main job. Returns the exit code. */
export async function start(argv: readonly string[]): Promise<number> {
  const { values } = parseOptions({ args: [...argv], options: { parameter: { type: "string", short: "p", multiple: true }, json: { type: "boolean" } } });
  const name = "pubmed_train";
  const file = path.join(packageRoot, "notebooks", `${name}.ipynb`);
  const parameters = namedValues(values.parameter ?? []);
  const source = loadNotebook(file, parameters); // before the last run is moved aside
  const folder = path.join(packageRoot, "runs", name);
  if (parameters["resume"] !== "true") moveAside(folder); // a resumed run goes on in its folder
  mkdirSync(folder, { recursive: true });
  const out = path.join(folder, `${name}.ipynb`);
  const html = path.join(folder, `${name}.html`);
  const { status, seconds, notebook } = await executeNotebook({ file, notebook: source, out, html, parameters });

  const result = findResult(notebook);
  const place = (file: string): string => path.relative(process.cwd(), file) || file;
  const ending = { ok: "", failed: " (a cell failed: see the end of the notebook)", interrupted: " (interrupted: executed so far)" }[status];
  const lines = [...(result ? ["", result.table, ""] : []), `executed notebook  ${place(out)}${ending}`, `as a web page      ${place(html)}`];
  process.stdout.write(`${lines.join("\n")}\n`);
  if (status !== "ok") return exitCodes[status];
  if (!result) {
    process.stderr.write(`${name}.ipynb ran to its end in ${seconds.toFixed(0)} s but displayed no result, so there is none to print. One of its cells must display a report.\n`);
    return exitCodes.failed;
  }
  if (values.json) process.stdout.write(`${result.json}\n`);
  return exitCodes.ok;
}
