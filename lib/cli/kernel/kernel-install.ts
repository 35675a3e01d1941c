import path from "node:path";
import { command, exitCodes } from "../command/command";
import { flag, place, type Values } from "../command/options";
import { packageRoot } from "../../core/files/package-root";
import { setUpKernelspec } from "./kernel-places";
import { UsageError } from "../command/usage";

const places = (user: string, prefix: string) => ({
  user: flag(user),
  prefix: place("P", prefix),
  json: flag('print {"folder": …, "changed": …} on stdout'),
});
type Place = Values<ReturnType<typeof places>>;

/** `deepretrieval kernel install`. */
export const kernelInstall = command({
  topic: "The Jupyter kernel",
  words: "kernel install",
  calls: "kernel install [options]",
  does: "tell Jupyter and VS Code about the kernel; needs no Python",
  options: places(
    "for this user (default): Jupyter's data folder, or JUPYTER_DATA_DIR",
    "below P/share/jupyter, for a virtual environment say",
  ),
  run: install,
});

/** `deepretrieval kernel uninstall`. */
export const kernelUninstall = command({
  topic: "The Jupyter kernel",
  words: "kernel uninstall",
  calls: "kernel uninstall [options]",
  does: "take the kernel off Jupyter's list",
  options: places("this user's (default)", "the one below P/share/jupyter"),
  run: uninstall,
});

async function install(values: Place): Promise<number> {
  const data = dataFolder(values);
  // says itself what it could not do
  const written = await setUpKernelspec().installKernelspec(packageRoot, { env: {}, data });
  if (written === "") return exitCodes.failed;
  const folder = path.join(data, "kernels/deepretrieval");
  process.stderr.write(
    written === undefined
      ? "the kernel was installed already\n"
      : 'the kernel is installed: in JupyterLab or VS Code choose "DeepRetrieval (TypeScript)"\n',
  );
  return printed(values.json, folder, written !== undefined);
}

async function uninstall(values: Place): Promise<number> {
  const data = dataFolder(values);
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
  return printed(values.json, folder, there);
}

function printed(json: boolean, folder: string, changed: boolean): number {
  process.stdout.write(json ? `${JSON.stringify({ folder, changed })}\n` : `${folder}\n`);
  return exitCodes.ok;
}

/** Jupyter's data folder, below which the kernel stands. */
function dataFolder({ user, prefix }: Place): string {
  if (user && prefix !== undefined) throw new UsageError("--user and --prefix: give one of them");
  return prefix === undefined ? setUpKernelspec().jupyterData() : path.join(prefix, "share/jupyter");
}
