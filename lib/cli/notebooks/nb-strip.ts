import { readFileSync } from "node:fs";
import { notebookText, parseNotebook, readNotebook, writeNotebook } from "../../notebook/runner/nbformat";
import { stripped } from "../../notebook/runner/strip";
import { exitCodes } from "./execute-notebook";
import { parseOptions, UsageError } from "../command/usage";

export const nbStripUsage = `deepretrieval nb strip FILE… [--check]  remove outputs, numbers and traces of runs, in place

  --check          change nothing; exit 1 where there is something to remove

Outputs of cells tagged keep-output stay. FILE - reads stdin and writes stdout: a clean filter for git.`;

/** `deepretrieval nb strip`. Returns the exit code. */
export async function nbStrip(argv: readonly string[]): Promise<number> {
  const { values, positionals: files } = parseOptions({
    args: [...argv],
    allowPositionals: true,
    options: { check: { type: "boolean" } },
  });
  if (files.length === 0) throw new UsageError("which notebooks? Give one FILE or several, or - for stdin.");
  if (files.includes("-")) {
    if (files.length > 1 || values.check) throw new UsageError("- stands alone: stdin goes to stdout");
    process.stdout.write(notebookText(stripped(parseNotebook("stdin", readFileSync(0, "utf8")))));
    return exitCodes.ok;
  }
  const read = files.map((file) => [file, readNotebook(file)] as const); // all are readable before the first is written
  const changed = read.flatMap(([file, notebook]) => {
    const bare = stripped(notebook);
    return notebookText(bare) === notebookText(notebook) ? [] : [[file, bare] as const];
  });
  for (const [file, bare] of changed) {
    if (!values.check) writeNotebook(file, bare);
    process.stdout.write(`${file}\n`);
  }
  return values.check && changed.length > 0 ? exitCodes.failed : exitCodes.ok;
}
