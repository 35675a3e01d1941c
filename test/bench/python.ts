import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");

/**
 * The python of a virtual environment that holds `requirements`, made on the first call and kept in .venv/NAME;
 * undefined, with a line on `log`, where Python or a package is not to be had. Peers are measured in it.
 *
 * @param commands of Python, the first that works: a package may need a later one than python3
 */
export function pythonWith(
  name: string,
  requirements: readonly string[],
  log: (line: string) => void,
  commands: readonly string[] = ["python3"],
): string | undefined {
  const folder = join(root, ".venv", name);
  const python = join(folder, "bin/python");
  const stamp = join(
    folder,
    `complete-${createHash("sha256").update(requirements.join("\n")).digest("hex").slice(0, 12)}`,
  );
  if (existsSync(stamp)) return python;
  const command = commands.find((each) => spawnSync(each, ["-c", "import venv"]).status === 0);
  if (command === undefined) {
    log(`skipped: ${name} needs ${commands.join(" or ")} with venv, which is not here`);
    return undefined;
  }
  log(`${name}: installing ${requirements.join(", ")} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync(command, ["-m", "venv", folder], { stdio: ["ignore", "ignore", "pipe"] });
    execFileSync(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...requirements], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    log(
      `skipped: ${name} could not be installed: ${String((error as { stderr?: Buffer }).stderr ?? error)
        .trim()
        .split("\n")
        .at(-1)}`,
    );
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
  writeFileSync(stamp, "");
  return python;
}

/**
 * A package in a folder of its own, .venv/NAME, without those that it asks for; undefined, with a line on `log`, where
 * it is not to be had.
 */
export function besides(
  python: string,
  requirement: string,
  module: string,
  log: (line: string) => void,
): string | undefined {
  const target = join(root, ".venv", requirement.split("==")[0]!);
  if (existsSync(join(target, module))) return target;
  try {
    execFileSync(
      python,
      ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", target, requirement],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    return target;
  } catch (error) {
    log(
      `skipped: ${requirement} could not be installed: ${String((error as { stderr?: Buffer }).stderr ?? error)
        .trim()
        .split("\n")
        .at(-1)}`,
    );
    return undefined;
  }
}
