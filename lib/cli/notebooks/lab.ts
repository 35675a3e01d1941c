import { spawn } from "node:child_process";
import path from "node:path";
import { packageRoot } from "../../core/files/package-root";
import { readNotebook } from "../../notebook/runner/nbformat";
import { labPython } from "./lab-python";
import { command } from "../command/command";
import { flag, number, type Values } from "../command/options";
import type { Range } from "../../core/ranges";

const port: Range = {
  fits: (value) => Number.isInteger(value) && (value as number) > 0 && (value as number) < 65536,
  what: "a number from 1 to 65535",
};

const options = {
  port: number("N", "where it is served (default: 8888, or the next that is free)", port, undefined),
  noBrowser: flag("print the address instead of opening it"),
};

/** `deepretrieval lab`: serves until Ctrl-C. */
export const lab = command({
  topic: "Start here",
  words: "lab",
  calls: "lab [FILE] [options]",
  does: "open a notebook in JupyterLab 4, with our kernel",
  options,
  operands: { says: [["FILE", "which notebook (default: notebooks/pubmed_train.ipynb)"]], most: 1 },
  notes: "JupyterLab is used where it is installed, else put into .venv/lab.",
  run: openLab,
});

async function openLab({ port, noBrowser }: Values<typeof options>, files: readonly string[]): Promise<number> {
  const [file = path.join(packageRoot, "notebooks", "pubmed_train.ipynb")] = files;
  readNotebook(file); // an unreadable one is said here, not in a browser's dialog

  const python = await labPython(packageRoot, (line) => process.stderr.write(`${line}\n`));
  return await serve(python, labArguments(path.resolve(file), packageRoot, port, noBrowser));
}

/** Arguments of `python` that serve the folder with `file`: the project where it lies in it, else its own folder. */
function labArguments(file: string, root: string, port: number | undefined, noBrowser: boolean): string[] {
  const folder = path.relative(root, file).startsWith("..") ? path.dirname(file) : root;
  const address = path.relative(folder, file).split(path.sep).map(encodeURIComponent).join("/");
  return [
    "-m",
    "jupyterlab",
    `--ServerApp.root_dir=${folder}`,
    `--LabApp.default_url=/lab/tree/${address}`, // so that the address that is printed opens it, too
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.log_level=WARN", // the address is printed all the same
    "--ServerApp.answer_yes=True", // Ctrl-C ends it, without a question
    "--MappingKernelManager.default_kernel_name=deepretrieval", // for notebooks that name no kernel
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    ...(port === undefined ? [] : [`--ServerApp.port=${port}`, "--ServerApp.port_retries=0"]),
    ...(noBrowser ? ["--no-browser"] : []),
    ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
  ];
}

/** The environment in which Jupyter finds our kernel, and the kernel this Node. */
function labEnvironment(root: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const prepend = (first: string, rest: string | undefined): string =>
    [first, ...(rest ? [rest] : [])].join(path.delimiter);
  return {
    ...env,
    JUPYTER_PATH: prepend(root, env["JUPYTER_PATH"]),
    PATH: prepend(path.dirname(process.execPath), env["PATH"]),
  };
}

/** Runs the server until it ends; Ctrl-C and `kill` reach it. Returns its exit code. */
function serve(python: string, args: readonly string[]): Promise<number> {
  const child = spawn(python, args, { cwd: packageRoot, env: labEnvironment(packageRoot), stdio: "inherit" });
  const hand = (signal: NodeJS.Signals): void => void child.kill(signal);
  // a terminal sends SIGINT to both of us
  const stop = { SIGINT: (): void => undefined, SIGTERM: (): void => hand("SIGTERM") };
  for (const [signal, act] of Object.entries(stop)) process.on(signal, act);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      for (const [name, act] of Object.entries(stop)) process.off(name, act);
      resolve(code ?? (signal === "SIGINT" || signal === "SIGTERM" ? 0 : 1));
    });
  });
}
