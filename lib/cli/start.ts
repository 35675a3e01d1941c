import { existsSync, mkdirSync, renameSync } from "node:fs";
import path from "node:path";
import { executeNotebook, exitCodes } from "./execute-notebook";
import { findResult, resultTable } from "./result";
import { namedValues, parseOptions } from "./usage";

export const startUsage = `deepretrieval start [options]           train the PubMed query rewriter and show what it learned

  -p name=value    set a parameter of notebooks/pubmed_train.ipynb (may be repeated)
  --json           print the result as JSON on the last line of stdout`;

const packageRoot = path.resolve(__dirname, "../..");

/** `deepretrieval start`: the main job. Returns the exit code. */
export async function start(argv: readonly string[]): Promise<number> {
  const { values } = parseOptions({ args: [...argv], options: { parameter: { type: "string", short: "p", multiple: true }, json: { type: "boolean" } } });
  const name = "pubmed_train";
  const folder = freshFolder(path.join(packageRoot, "runs", name));
  const out = path.join(folder, `${name}.ipynb`);
  const html = path.join(folder, `${name}.html`);
  const { status, seconds, notebook } = await executeNotebook({
    file: path.join(packageRoot, "notebooks", `${name}.ipynb`),
    out,
    html,
    parameters: namedValues(values.parameter ?? []),
  });

  const result = findResult(notebook);
  const place = (file: string): string => path.relative(process.cwd(), file) || file;
  const ending = { ok: "", failed: " (a cell failed: see the end of the notebook)", interrupted: " (interrupted: executed so far)" }[status];
  const lines = [...(result ? ["", resultTable(result), ""] : []), `executed notebook  ${place(out)}${ending}`, `as a web page      ${place(html)}`];
  process.stdout.write(`${lines.join("\n")}\n`);
  if (status !== "ok") return exitCodes[status];
  if (!result) {
    process.stderr.write(`${name}.ipynb ran to its end in ${seconds.toFixed(0)} s but displayed no result, so there is none to print. Its last cell must show it.\n`);
    return exitCodes.failed;
  }
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return exitCodes.ok;
}

/** An empty folder of this name; one that is there is moved aside to `NAME.1`, `NAME.2`, … */
export function freshFolder(folder: string): string {
  if (existsSync(folder)) {
    let n = 1;
    while (existsSync(`${folder}.${n}`)) n++;
    renameSync(folder, `${folder}.${n}`);
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}
