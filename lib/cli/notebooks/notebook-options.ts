import { from } from "../../core/ranges";
import { number } from "../command/options";
import { UsageError } from "../command/usage";

/** The time limit of a cell, of each command that runs notebooks. */
export const timeout = number("S", "seconds a cell may take (default: no limit)", from(0), 0);

/**
 * The one file that a command works on; `kind` is its word in the question for it. Throws UsageError where there is
 * none, or more than one.
 */
export function oneFile(files: readonly string[], kind: "notebook" | "file" = "notebook"): string {
  const [file, ...others] = files;
  if (file === undefined) throw new UsageError(`which ${kind === "file" ? "one" : kind}? Give one FILE.`);
  if (others.length > 0) throw new UsageError(`one ${kind} at a time; also given: ${others.join(" ")}`);
  return file;
}
