import path from "node:path";
import { compareRun, type Check } from "../../notebook/runner/check";
import { exitCodes, loadNotebook, underWatch } from "./execute-notebook";
import { namedValues, parseOptions, seconds, UsageError } from "../command/usage";

export const nbCheckUsage = `deepretrieval nb check FILE… [options]  run notebooks again and compare with their stored outputs

  -p name=value    set a parameter (default: what the stored outputs were made with)
  --timeout S      seconds a cell may take (default: no limit)
  --json           print the report as JSON on stdout

Times, dates, paths, hashes and the last digits of long decimals may differ, pictures need only be there, and
cells tagged ignore-output are not compared. Nothing is written.`;

/** `deepretrieval nb check`. Returns the exit code: 0 only where every notebook ran and came to the same. */
export async function nbCheck(argv: readonly string[]): Promise<number> {
  const { values, positionals: files } = parseOptions({
    args: [...argv],
    allowPositionals: true,
    options: {
      parameter: { type: "string", short: "p", multiple: true },
      timeout: { type: "string" },
      json: { type: "boolean" },
    },
  });
  if (files.length === 0) throw new UsageError("which notebooks? Give one FILE or several.");
  const [timeout, parameters] = [seconds("--timeout", values.timeout), namedValues(values.parameter ?? [])];
  const notebooks = files.map((file) => [file, loadNotebook(file, parameters)] as const); // all are readable before the first runs

  const checks: (Check & { readonly file: string })[] = [];
  const interrupted = await underWatch(async ({ interrupt, kill }, shown) => {
    for (const [file, notebook] of notebooks) {
      const check = await compareRun(notebook, {
        cwd: path.dirname(path.resolve(file)),
        parameters,
        timeout,
        signal: interrupt,
        kill,
        ...shown,
      });
      checks.push({ file, ...check });
      if (!values.json) process.stdout.write(report(file, check));
      if (interrupt.aborted) return true;
    }
    return false;
  });
  if (values.json) process.stdout.write(`${JSON.stringify(checks)}\n`);
  if (interrupted) return exitCodes.interrupted;
  return checks.every(({ status }) => status === "same") ? exitCodes.ok : exitCodes.failed;
}

function report(file: string, { status, seconds: took, cells, differences, error }: Check): string {
  const head = `${file}: ${status === "same" ? "the same" : status === "different" ? "different" : `failed: ${error ?? ""}`} (${cells} cells, ${took.toFixed(1)} s)`;
  const rest = differences.map(
    ({ cell, stored, now }) =>
      `  cell ${cell}\n    stored  ${stored || "(nothing)"}\n    now     ${now || "(nothing)"}`,
  );
  return `${[head, ...rest].join("\n")}\n`;
}
