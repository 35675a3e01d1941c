import { existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve, sep } from "node:path";

/** What a caller knows of a folder that it is going to write into. */
export interface Ownership {
  readonly where: string; // begins an error: "ppo"
  readonly what: string; // what it writes there: "a run"
  /** Whether a folder that is not empty holds what this caller wrote into it. */
  readonly ours: (folder: string) => boolean;
}

/**
 * Makes a folder to write into, and returns its real path. A folder that holds something of ours is used as it is with
 * `keep`, and is otherwise renamed to `FOLDER-1`, `FOLDER-2`, …, whichever is free: nothing of it is overwritten.
 * Where `path` is a symbolic link, the folder that it leads to is renamed, and the link stays.
 *
 * Throws RangeError, and changes nothing, for a file, for a folder that holds something else, and for a folder that
 * must stay where it is: a project, the working folder, the home folder, and whatever contains one of these.
 */
export function ownFolder(path: string, { where, what, ours }: Ownership, { keep = false } = {}): string {
  if (isDangling(path))
    throw new RangeError(
      `${where}: ${path} is a symbolic link to something that does not exist. Make the folder that it leads to, ` +
        "or name another.",
    );
  const folder = existsSync(path) ? realpathSync.native(path) : resolve(path);
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new RangeError(`${where}: ${path} is a file; ${what} needs a folder. Name another.`);
  if (!isVacant(folder)) {
    if (!ours(folder))
      throw new RangeError(
        `${where}: the folder ${folder} holds ${listed(folder)} and not ${what}. It was left as it is: name a ` +
          "new folder, or an empty one.",
      );
    const reason = keep ? undefined : whyItStays(folder);
    if (reason !== undefined)
      throw new RangeError(
        `${where}: the folder ${folder} holds ${what}, which would be moved aside, but it ${reason}. Name a ` +
          `folder of its own, such as ${join(folder, "runs", "1")}.`,
      );
    if (!keep) renameSync(folder, free(folder));
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Whether there is nothing in a folder but hidden files, such as .gitkeep. */
const isVacant = (folder: string): boolean =>
  !existsSync(folder) || readdirSync(folder).every((name) => name.startsWith("."));

const isDangling = (path: string): boolean =>
  !existsSync(path) && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

/** The first of FOLDER-1, FOLDER-2, … that is nothing yet, not even a broken link. */
function free(folder: string): string {
  let n = 1;
  while (lstatSync(`${folder}-${n}`, { throwIfNoEntry: false })) n++;
  return `${folder}-${n}`;
}

/** Files that make a folder a project of its own. */
const projectFiles = [".git", "package.json", "pyproject.toml"];

/** Why a folder may not be renamed, whatever is in it; undefined where it may. */
function whyItStays(folder: string): string | undefined {
  const project = projectFiles.find((name) => existsSync(join(folder, name)));
  if (project !== undefined) return `is a project (it has ${project})`;
  const places = [
    ["the working folder", process.cwd()],
    ["your home folder", homedir()],
    ["this library", __dirname],
  ] as const;
  const [name] =
    places.find(([, place]) => isWithin(folder, existsSync(place) ? realpathSync.native(place) : place)) ?? [];
  return name && `is or contains ${name}`;
}

function isWithin(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return !isAbsolute(way) && way.split(sep)[0] !== "..";
}

/** The first names in a folder, for an error. */
function listed(folder: string): string {
  const names = readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .sort();
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}
