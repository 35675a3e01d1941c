import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

/**
 * Where a relative path leads: from the project's root, the nearest folder above the working one with a
 * package.json. A notebook in `notebooks/` and a script beside package.json then mean the same file,
 * whatever folder their runner starts them in. Outside a project it is the working folder.
 *
 * Every function of the library that takes a path reads it so. Only paths of a command line start where the shell is.
 */
export const projectPath = (path: string): string =>
  isAbsolute(path) ? path : resolve(projectRoot(process.cwd()), path);

function projectRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "package.json"))) return at;
    if (dirname(at) === at) return folder;
  }
}
