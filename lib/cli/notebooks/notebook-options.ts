import { from } from "../../core/ranges";
import { number } from "../command/options";
import { UsageError } from "../command/usage";

/** The time limit of a cell, of each command that runs notebooks. */
export const timeout = number("S", "seconds a cell may take (default: no limit)", from(0), 0);

/** The one notebook that a command works on. Throws UsageError where there is none, or more than one. */
export function oneNotebook(files: readonly string[]): string {
  const [file, ...others] = files;
  if (file === undefined) throw new UsageError("which notebook? Give one FILE.");
  if (others.length > 0) throw new UsageError(`one notebook at a time; also given: ${others.join(" ")}`);
  return file;
}
