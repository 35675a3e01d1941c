import type { ParseArgsConfig } from "node:util";
import { nearest } from "../../core/nearest";

/** The command line asks for something that does not exist. Its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `. Did you mean "info"?`, or "" where nothing is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near.length > 0 ? `. Did you mean ${near.map((name) => `"${name}"`).join(" or ")}?` : "";
}

/** The complaint of Node's parser of arguments, shorter, and with the nearest of `options`. */
export function complaint(message: string, options: NonNullable<ParseArgsConfig["options"]>): string {
  const known = Object.entries(options).flatMap(([name, { short }]) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
  const [, unknown] = /^Unknown option '([^']+)'/.exec(message) ?? [];
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    if (near.length > 0) return `unknown option ${unknown}. Did you mean ${near.join(" or ")}?`;
    return `unknown option ${unknown}. ${known.length > 0 ? `There are: ${known.join(", ")}.` : "There are none."}`;
  }
  const [, lacking] = /^Option '(?:-\w, )?(-[^ ']+)/.exec(message) ?? [];
  if (lacking === undefined) return message;
  if (/does not take an argument/.test(message)) return `${lacking} takes no value`;
  if (/ambiguous/.test(message))
    return `${lacking} needs a value behind it; one that begins with a dash as ${lacking}=-…`;
  return /missing/.test(message) ? `${lacking} needs a value behind it` : message;
}
