import { parseArgs, type ParseArgsConfig } from "node:util";

/** The command line asks for something that does not exist. Its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Node's parser of arguments, with its complaints turned into UsageErrors. */
export function parseOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    if (!String((cause as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS")) throw cause;
    throw new UsageError((cause as Error).message, { cause });
  }
}

/** A number of seconds, 0 where none is given. Throws UsageError where `text` is no such number. */
export function seconds(option: string, text = "0"): number {
  if (!(Number(text) >= 0) || text.trim() === "") throw new UsageError(`${option} is "${text}"; it must be a number of seconds`);
  return Number(text);
}

/** `["steps=8", "corpus=a=b"]` as `{ steps: "8", corpus: "a=b" }`. */
export function namedValues(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`-p ${text}: write -p name=value`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

/** The number that an option was given, or `otherwise`. Throws UsageError for what is none, or out of bounds. */
export function numberOf(option: string, text: string | undefined, otherwise: number, { least = 0, most = Infinity, whole = false } = {}): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most && value < Infinity && (!whole || Number.isInteger(value))) return value;
  const bounds = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  throw new UsageError(`${option} is "${text}"; it must be a ${whole ? "whole number" : "number"}, ${bounds}`);
}
