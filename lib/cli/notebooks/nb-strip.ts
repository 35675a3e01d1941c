import { readFileSync } from "node:fs";
import { notebookText, parseNotebook, readNotebook, writeNotebook } from "../../notebook/runner/nbformat";
import { stripped } from "../../notebook/runner/strip";
import { command, exitCodes } from "../command/command";
import { flag } from "../command/options";
import { UsageError } from "../command/usage";

/** `deepretrieval nb strip`. */
export const nbStrip = command({
  topic: "Notebooks",
  words: "nb strip",
  calls: "nb strip FILE… [--check]",
  does: "remove outputs, numbers and traces of runs, in place",
  options: { check: flag("change nothing; exit 1 where there is something to remove") },
  operands: {},
  notes: "Outputs of cells tagged keep-output stay. FILE - reads stdin and writes stdout: a clean filter for git.",
  run: strip,
});

async function strip({ check }: { readonly check: boolean }, files: readonly string[]): Promise<number> {
  if (files.length === 0) throw new UsageError("which notebooks? Give one FILE or several, or - for stdin.");
  if (files.includes("-")) {
    if (files.length > 1 || check) throw new UsageError("- stands alone: stdin goes to stdout");
    process.stdout.write(notebookText(stripped(parseNotebook("stdin", readFileSync(0, "utf8")))));
    return exitCodes.ok;
  }
  const read = files.map((file) => [file, readNotebook(file)] as const); // all are readable before the first is written
  const changed = read.flatMap(([file, notebook]) => {
    const bare = stripped(notebook);
    return notebookText(bare) === notebookText(notebook) ? [] : [[file, bare] as const];
  });
  for (const [file, bare] of changed) {
    if (!check) writeNotebook(file, bare);
    process.stdout.write(`${file}\n`);
  }
  return check && changed.length > 0 ? exitCodes.failed : exitCodes.ok;
}
