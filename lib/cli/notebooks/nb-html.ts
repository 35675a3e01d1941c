import path from "node:path";
import { writeAtomic } from "../../core/atomic";
import { notebookHtml } from "../../notebook/html";
import { readNotebook } from "../../notebook/runner/nbformat";
import { exitCodes } from "./execute-notebook";
import { parseOptions, UsageError } from "../command/usage";

export const nbHtmlUsage = `deepretrieval nb html FILE [-o OUT]     write a notebook, as it is stored, as one HTML page that needs no network

  -o OUT           default: FILE.html beside FILE`;

/** `deepretrieval nb html`. Returns the exit code. */
export async function nbHtml(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args: [...argv],
    allowPositionals: true,
    options: { output: { type: "string", short: "o" } },
  });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0)
    throw new UsageError(
      file === undefined ? "which notebook? Give one FILE." : `one notebook at a time; also given: ${others.join(" ")}`,
    );
  const out = values.output ?? path.join(path.dirname(file), `${path.basename(file, ".ipynb")}.html`);
  writeAtomic(out, notebookHtml(readNotebook(file)));
  process.stdout.write(`${out}\n`);
  return exitCodes.ok;
}
