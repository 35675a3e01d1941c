import path from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { notebookHtml } from "../../notebook/html/page";
import { readNotebook } from "../../notebook/runner/nbformat";
import { command, exitCodes } from "../command/command";
import { text } from "../command/options";
import { oneFile } from "./notebook-options";

/** `deepretrieval nb html`. */
export const nbHtml = command({
  topic: "Notebooks",
  words: "nb html",
  calls: "nb html FILE [-o OUT]",
  does: "write a notebook, as it is stored, as one HTML page that needs no network",
  options: { output: text("OUT", "default: FILE.html beside FILE", "o") },
  operands: {},
  run: writePage,
});

async function writePage(values: { readonly output?: string | undefined }, files: readonly string[]): Promise<number> {
  const file = oneFile(files);
  const out = values.output ?? path.join(path.dirname(file), `${path.basename(file, ".ipynb")}.html`);
  writeAtomic(out, notebookHtml(readNotebook(file)));
  process.stdout.write(`${out}\n`);
  return exitCodes.ok;
}
