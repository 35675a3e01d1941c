import path from "node:path";
import { compareRun, type Check } from "../../notebook/runner/check";
import { sharedKernel } from "../../notebook/runner/kernels";
import { loadNotebook, underWatch } from "./execute-notebook";
import { command, exitCodes } from "../command/command";
import { flag, parameters, type Values } from "../command/options";
import { UsageError } from "../command/usage";
import { machineSpeed } from "./machine-speed";
import { timeout } from "./notebook-options";

const options = {
  parameter: parameters("set a parameter (default: what the stored outputs were made with)"),
  timeout: { ...timeout, says: "seconds a cell may take on a usual machine, more on a slow one (default: no limit)" },
  json: flag("print the report as JSON on stdout"),
};

/** `deepretrieval nb check`: ends with 0 only where every notebook ran and came to the same. */
export const nbCheck = command({
  topic: "Notebooks",
  words: "nb check",
  calls: "nb check FILE… [options]",
  does: "run notebooks again and compare with their stored outputs",
  options,
  operands: {},
  notes: `Times, dates, paths, hashes and the last digits of long decimals may differ, pictures need only be there, and
cells tagged ignore-output are not compared. Nothing is written. Notebooks of one folder share a kernel, whose variables
are forgotten in between; one that comes to something else there is run again in a kernel of its own, which decides.
The time limit is multiplied by how slow and how busy the machine is (measured before each notebook).`,
  run: checkAll,
});

async function checkAll(
  { parameter: values, timeout, json }: Values<typeof options>,
  files: readonly string[],
): Promise<number> {
  if (files.length === 0) throw new UsageError("which notebooks? Give one FILE or several.");
  // all are readable before the first runs
  const notebooks = files.map((file) => [file, loadNotebook(file, values)] as const);

  const checks: (Check & { readonly file: string })[] = [];
  const interrupted = await underWatch(async ({ interrupt, kill }, shown) => {
    const kernels = sharedKernel();
    try {
      for (const [file, notebook] of notebooks) {
        const run = (): Promise<Check> =>
          compareRun(notebook, {
            cwd: path.dirname(path.resolve(file)),
            parameters: values,
            timeout: timeout * machineSpeed().slowness(),
            signal: interrupt,
            kill,
            kernels,
            ...shown,
          });
        let check = await run();
        if (check.status !== "same" && kernels.reused() && !interrupt.aborted) {
          await kernels.close();
          check = await run();
        }
        checks.push({ file, ...check });
        if (!json) process.stdout.write(report(file, check));
        if (interrupt.aborted) return true;
      }
      return false;
    } finally {
      await kernels.close();
    }
  });
  if (json) process.stdout.write(`${JSON.stringify(checks)}\n`);
  if (interrupted) return exitCodes.interrupted;
  return checks.every(({ status }) => status === "same") ? exitCodes.ok : exitCodes.failed;
}

function report(file: string, { status, seconds: took, cells, differences, error }: Check): string {
  const head =
    `${file}: ${status === "same" ? "the same" : status === "different" ? "different" : `failed: ${error ?? ""}`} ` +
    `(${cells} cells, ${took.toFixed(1)} s)`;
  const rest = differences.map(
    ({ cell, stored, now }) =>
      `  cell ${cell}\n    stored  ${stored || "(nothing)"}\n    now     ${now || "(nothing)"}`,
  );
  return `${[head, ...rest].join("\n")}\n`;
}
