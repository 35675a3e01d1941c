import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** What set-up knows of kernelspecs: plain JavaScript, since it runs before there is a build. */
interface SetUpKernelspec {
  /**
   * Writes the kernelspec below `data` if it is not there or differs: the folder, undefined if nothing was to do, "" if
   * it cannot be written.
   */
  installKernelspec(root: string, options: { env: NodeJS.ProcessEnv; data: string }): Promise<string | undefined>;
  /**
   * Removes our kernelspec, and nothing else that is in its folder. Returns whether there was one; throws for another
   * kernel of that name.
   */
  removeKernelspec(folder: string): boolean;
  /** Jupyter's data folder for this user. */
  jupyterData(env?: NodeJS.ProcessEnv): string;
}

/** Set-up is not compiled: this path leads to lib/setup from lib/cli/kernel and from dist/cli/kernel. */
export const setUpKernelspec = (): SetUpKernelspec => require("../../../lib/setup/kernelspec.js") as SetUpKernelspec;

/** A kernelspec of ours that Jupyter would find. */
export interface InstalledSpec {
  readonly folder: string;
  readonly argv: readonly string[];
  readonly broken?: string; // why its kernel.json cannot be read
}

/** Our kernelspecs, in the order in which Jupyter looks: the first is the one it starts. */
export function installedSpecs(env: NodeJS.ProcessEnv = process.env): InstalledSpec[] {
  const system =
    process.platform === "win32"
      ? [path.join(env["PROGRAMDATA"] ?? "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  const virtual = env["VIRTUAL_ENV"] ? [path.join(env["VIRTUAL_ENV"], "share/jupyter")] : [];
  const asked = (env["JUPYTER_PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const folders = [...asked, ...virtual, setUpKernelspec().jupyterData(env), ...system].map((data) =>
    path.join(data, "kernels/deepretrieval"),
  );
  return [...new Set(folders)].filter((folder) => existsSync(path.join(folder, "kernel.json"))).map(readSpec);
}

function readSpec(folder: string): InstalledSpec {
  try {
    const { argv } = JSON.parse(readFileSync(path.join(folder, "kernel.json"), "utf8")) as { argv?: unknown };
    if (Array.isArray(argv) && argv.every((word) => typeof word === "string")) return { folder, argv };
    return { folder, argv: [], broken: "kernel.json has no argv" };
  } catch (error) {
    return { folder, argv: [], broken: `kernel.json is not readable (${(error as Error).message})` };
  }
}

/** `folder` as a person writes it. */
export const tilde = (folder: string): string =>
  folder.startsWith(os.homedir() + path.sep) ? `~${folder.slice(os.homedir().length)}` : folder;
