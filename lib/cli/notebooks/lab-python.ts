import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { writeAtomic } from "../../core/files/atomic";

const run = promisify(execFile);

/**
 * What JupyterLab needs; plotly brings the front end's half of interactive figures. Pinned: a later Lab is a test away.
 */
const labPackages = ["jupyterlab==4.6.6", "plotly==7.1.0"] as const;

/** There is no JupyterLab and none can be had. Its message is for the person who asked for one. */
export class NoJupyterLab extends Error {
  override readonly name = "NoJupyterLab";
}

/**
 * A Python that has JupyterLab 4: the one of the virtual environment .venv/lab of the project at `root`, else the
 * one on the PATH, else the environment is made (about a minute, 320 MB). Throws NoJupyterLab.
 *
 * @param say one line for each thing that takes time
 */
export async function labPython(
  root: string,
  say: (line: string) => void,
  packages: readonly string[] = labPackages,
): Promise<string> {
  const folder = path.join(root, ".venv", "lab");
  const python = path.join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const complete = path.join(
    folder,
    `complete-${createHash("sha256").update(packages.join("\n")).digest("hex").slice(0, 12)}`,
  );
  if (existsSync(complete)) return python;
  const base = pythons.find((command) => answers(command, "import sys; assert sys.version_info >= (3, 10)"));
  const found = pythons.find((command) =>
    answers(command, "import jupyterlab; assert jupyterlab.__version__.startswith('4.')"),
  );
  if (found) return found;
  if (!base)
    throw new NoJupyterLab(
      `JupyterLab needs Python 3.10 or newer, and neither ${pythons.join(" nor ")} is one. Install Python, or ` +
        `open the notebook in VS Code, or run it with \`npx deepretrieval nb run\`, which needs no Python.`,
    );
  if (!answers(base, "import venv, ensurepip"))
    throw new NoJupyterLab(
      `${base} cannot make virtual environments: its module venv is missing. On Debian and Ubuntu: apt install ` +
        "python3-venv.",
    );

  const mark = path.join(folder, ".deepretrieval"); // says that we made the folder, complete or not
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length > 0 && !names.some((name) => name === path.basename(mark) || name.startsWith("complete-"))) {
    throw new NoJupyterLab(
      `${folder} is where JupyterLab would be installed, but it holds something else ` +
        `(${names.slice(0, 3).join(", ")}), which was left as it is. Move it, or install JupyterLab 4 yourself: ` +
        "one on the PATH is used.",
    );
  }
  say(`lab  installing ${packages.join(", ")} into ${path.relative(process.cwd(), folder) || folder} (once; 320 MB)`);
  rmSync(folder, { recursive: true, force: true }); // one that was interrupted
  writeAtomic(mark, "");
  try {
    await run(base, ["-m", "venv", folder]);
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", ...packages], {
      maxBuffer: 1e8,
    });
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw new NoJupyterLab(
      `JupyterLab could not be installed: ${lastLine(cause)}. Check the network, or install JupyterLab 4 ` +
        "yourself: one on the PATH is used.",
      { cause },
    );
  }
  writeAtomic(path.join(folder, "etc/jupyter/labconfig/page_config.json"), `${JSON.stringify(pageConfig, null, 2)}\n`);
  writeAtomic(complete, "");
  return python;
}

/** Lab asks on its first start whether it may fetch news; a local notebook needs none. */
const pageConfig = { disabledExtensions: { "@jupyterlab/apputils-extension:announcements": true } };

const pythons = process.platform === "win32" ? ["python"] : ["python3", "python"];

const answers = (python: string, code: string): boolean =>
  spawnSync(python, ["-c", code], { stdio: "ignore" }).status === 0;

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message)
    .split("\n")
    .at(-1)!
    .replace(/^ERROR: /, "")
    .replace(/\.$/, "");
}
