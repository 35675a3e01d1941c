import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { fitsGlob } from "../../../core/files/glob";
import { projectPath } from "../../../data/paths";

/** Files by their paths in a package, with "/" between folders. */
export type PackageFiles = Readonly<Record<string, Uint8Array>>;

/** Folders that Ray's own client leaves out too. */
const never: readonly string[] = [".git", ".venv", "venv", "__pycache__", "node_modules"];

/**
 * The files of a working folder. Links are followed, each folder once. Throws RangeError for a folder that is not
 * there or holds no file, and, before a file is read, for more than `limit` bytes, with the largest files.
 *
 * @param exclude patterns of paths that are left out, in which * is any text
 */
export function workingFiles(folder: string, exclude: readonly string[], limit: number): PackageFiles {
  const root = projectPath(folder);
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new RangeError(`ray: workingDir is ${JSON.stringify(folder)}, which is no folder.`);
  const excluded = exclude.map((pattern) => fitsGlob(pattern, { "*": { many: () => true } }));
  const found: { readonly path: string; readonly bytes: number }[] = [];
  const walked = new Set<string>();
  const walk = (below: string): void => {
    const real = realpathSync.native(join(root, below));
    if (walked.has(real)) return; // a link that leads back
    walked.add(real);
    for (const name of readdirSync(join(root, below)).sort()) {
      const path = below === "" ? name : `${below}/${name}`;
      if (never.includes(name) || excluded.some((fits) => fits(path))) continue;
      const about = statSync(join(root, path), { throwIfNoEntry: false }); // none: a link to nothing
      if (about?.isDirectory()) walk(path);
      else if (about?.isFile()) found.push({ path, bytes: about.size });
    }
  };
  walk("");
  if (found.length === 0)
    throw new RangeError(
      `ray: workingDir is ${JSON.stringify(folder)}, which holds no file that would be sent. Leave it out for a job ` +
        "that needs none.",
    );
  expectFits(found, limit, `workingDir ${JSON.stringify(folder)}`);
  return Object.fromEntries(found.map(({ path }) => [path, readFileSync(join(root, path))]));
}

/** Throws RangeError for more than `limit` bytes, with the largest files. */
export function expectFits(
  files: readonly { readonly path: string; readonly bytes: number }[],
  limit: number,
  what: string,
): void {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= limit) return;
  const largest = [...files].sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  throw new RangeError(
    `ray: ${what} has ${megabytes(total)}, more than the ${megabytes(limit)} that Ray takes. Largest: ` +
      `${largest.map(({ path, bytes }) => `${path} ${megabytes(bytes)}`).join(", ")}. Put these where the cluster ` +
      "reads them itself, or leave them out: { exclude: [PATTERN] }.",
  );
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 0)} MiB`;
