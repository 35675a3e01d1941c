import { existsSync, readFileSync } from "node:fs";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import { readNotebook, writeNotebook } from "../../notebook/runner/nbformat";
import { fromPercent, toPercent } from "../../notebook/runner/percent";
import { command, exitCodes } from "../command/command";
import { text } from "../command/options";
import { UsageError } from "../command/usage";
import { oneFile } from "./notebook-options";

/** `deepretrieval nb to-ts`. */
export const nbToTs = command({
  topic: "Notebooks",
  words: "nb to-ts",
  calls: "nb to-ts FILE.ipynb [-o OUT]",
  does: "write a notebook as TypeScript in percent format, for review",
  options: { output: text("OUT", "default: FILE.ts beside it; - for stdout", "o") },
  operands: {},
  run: toTypeScript,
});

/** `deepretrieval nb from-ts`. */
export const nbFromTs = command({
  topic: "Notebooks",
  words: "nb from-ts",
  calls: "nb from-ts FILE.ts [-o OUT]",
  does: "make or update a notebook from TypeScript in percent format",
  options: { output: text("OUT", "default: FILE.ipynb beside it; cells that did not change keep their outputs", "o") },
  operands: {},
  run: fromTypeScript,
});

interface Output {
  readonly output?: string | undefined;
}

async function toTypeScript({ output }: Output, files: readonly string[]): Promise<number> {
  const file = oneFile(files, "file");
  const out = output ?? file.replace(/(\.ipynb)?$/, ".ts");
  const typeScript = toPercent(readNotebook(file));
  if (out === "-") {
    process.stdout.write(typeScript);
    return exitCodes.ok;
  }
  if (output === undefined && existsSync(out) && !/^\/\/ (---|%%)/.test(readFileSync(out, "utf8")))
    throw new UsageError(`${out} exists and is not a notebook in percent format; to overwrite it, say -o ${out}`);
  return written(out, () => writeAtomic(out, typeScript));
}

async function fromTypeScript({ output }: Output, files: readonly string[]): Promise<number> {
  const file = oneFile(files, "file");
  const out = output ?? file.replace(/(\.ts)?$/, ".ipynb");
  const notebook = fromPercent(file, readText(file), existsSync(out) ? readNotebook(out) : undefined);
  return written(out, () => writeNotebook(out, notebook));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new CorruptData(file, `it cannot be read (${(cause as Error).message})`, "Check the path.", { cause });
  }
}

function written(out: string, write: () => void): number {
  write();
  process.stdout.write(`${out}\n`);
  return exitCodes.ok;
}
