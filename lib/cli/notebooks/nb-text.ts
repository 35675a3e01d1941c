import { existsSync, readFileSync } from "node:fs";
import { writeAtomic } from "../../core/atomic";
import { CorruptData } from "../../core/errors";
import { readNotebook, writeNotebook } from "../../notebook/runner/nbformat";
import { fromPercent, toPercent } from "../../notebook/runner/percent";
import { exitCodes } from "./execute-notebook";
import { parseOptions, UsageError } from "../command/usage";

export const nbToTsUsage = `deepretrieval nb to-ts FILE.ipynb [-o OUT]  write a notebook as TypeScript in percent format, for review

  -o OUT           default: FILE.ts beside it; - for stdout`;

export const nbFromTsUsage = `deepretrieval nb from-ts FILE.ts [-o OUT]  make or update a notebook from TypeScript in percent format

  -o OUT           default: FILE.ipynb beside it; cells that did not change keep their outputs`;

/** `deepretrieval nb to-ts`. Returns the exit code. */
export async function nbToTs(argv: readonly string[]): Promise<number> {
  const { file, out = file.replace(/(\.ipynb)?$/, ".ts"), named } = filesOf(argv);
  const text = toPercent(readNotebook(file));
  if (out === "-") {
    process.stdout.write(text);
    return exitCodes.ok;
  }
  if (!named && existsSync(out) && !/^\/\/ (---|%%)/.test(readFileSync(out, "utf8")))
    throw new UsageError(`${out} exists and is not a notebook in percent format; to overwrite it, say -o ${out}`);
  return written(out, () => writeAtomic(out, text));
}

/** `deepretrieval nb from-ts`. Returns the exit code. */
export async function nbFromTs(argv: readonly string[]): Promise<number> {
  const { file, out = file.replace(/(\.ts)?$/, ".ipynb") } = filesOf(argv);
  const notebook = fromPercent(file, readText(file), existsSync(out) ? readNotebook(out) : undefined);
  return written(out, () => writeNotebook(out, notebook));
}

function filesOf(argv: readonly string[]): { readonly file: string; readonly out?: string; readonly named: boolean } {
  const { values, positionals } = parseOptions({
    args: [...argv],
    allowPositionals: true,
    options: { output: { type: "string", short: "o" } },
  });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0)
    throw new UsageError(
      file === undefined ? "which one? Give one FILE." : `one file at a time; also given: ${others.join(" ")}`,
    );
  return { file, named: values.output !== undefined, ...(values.output === undefined ? {} : { out: values.output }) };
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
