import path from "node:path";
import { exitCodes } from "../notebooks/execute-notebook";
import { packageRoot } from "../../core/package-root";
import { setUpKernelspec } from "./kernel-places";
import { parseOptions, UsageError } from "../command/usage";

export const kernelInstallUsage = `deepretrieval kernel install [options]     tell Jupyter and VS Code about the kernel; needs no Python

  --user           for this user (default): Jupyter's data folder, or JUPYTER_DATA_DIR
  --prefix P       below P/share/jupyter, for a virtual environment say
  --json           print {"folder": …, "changed": …} on stdout`;

export const kernelUninstallUsage = `deepretrieval kernel uninstall [options]   take the kernel off Jupyter's list

  --user           this user's (default)
  --prefix P       the one below P/share/jupyter
  --json           print {"folder": …, "changed": …} on stdout`;

/** `deepretrieval kernel install`. Returns the exit code. */
export async function kernelInstall(argv: readonly string[]): Promise<number> {
  const { data, json } = target(argv);
  const written = await setUpKernelspec().installKernelspec(packageRoot, { env: {}, data }); // says itself what it could not do
  if (written === "") return exitCodes.failed;
  const folder = path.join(data, "kernels/deepretrieval");
  process.stderr.write(
    written === undefined
      ? "the kernel was installed already\n"
      : 'the kernel is installed: in JupyterLab or VS Code choose "DeepRetrieval (TypeScript)"\n',
  );
  return said(json, folder, written !== undefined);
}

/** `deepretrieval kernel uninstall`. Returns the exit code. */
export async function kernelUninstall(argv: readonly string[]): Promise<number> {
  const { data, json } = target(argv);
  const folder = path.join(data, "kernels/deepretrieval");
  let there: boolean;
  try {
    there = setUpKernelspec().removeKernelspec(folder);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return exitCodes.failed;
  }
  process.stderr.write(
    there
      ? "the kernel is off Jupyter's list; `deepretrieval kernel install` or the next set-up puts it back\n"
      : "there was no kernel to remove\n",
  );
  return said(json, folder, there);
}

function said(json: boolean, folder: string, changed: boolean): number {
  process.stdout.write(json ? `${JSON.stringify({ folder, changed })}\n` : `${folder}\n`);
  return exitCodes.ok;
}

function target(argv: readonly string[]): { readonly data: string; readonly json: boolean } {
  const { values, positionals } = parseOptions({
    args: [...argv],
    allowPositionals: true,
    options: { user: { type: "boolean" }, prefix: { type: "string" }, json: { type: "boolean" } },
  });
  if (positionals.length > 0) throw new UsageError(`what is "${positionals[0]}"? This takes options only.`);
  if (values.user && values.prefix !== undefined) throw new UsageError("--user and --prefix: give one of them");
  const data =
    values.prefix === undefined
      ? setUpKernelspec().jupyterData()
      : path.join(path.resolve(values.prefix), "share/jupyter");
  return { data, json: values.json ?? false };
}
