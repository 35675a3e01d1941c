import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { nearest } from "../../core/nearest";

/** The command line asks for something that does not exist. Its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Node's parser of arguments, with its complaints turned into UsageErrors that name the nearest options. A number below
 * zero may follow its option: `--seed -1`.
 */
export function parseOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  const options = config.options ?? {};
  try {
    return parseArgs<T>({ ...config, args: withNegativeNumbers(config.args ?? [], options) });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (!String(code).startsWith("ERR_PARSE_ARGS")) throw cause;
    throw new UsageError(complaint(message, options), { cause });
  }
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** `--seed -1` as `--seed=-1`, which is how Node wants it. */
function withNegativeNumbers(args: readonly string[], options: Options): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? "";
    if (/^-[\d.]+(e[+-]?\d+)?$/i.test(arg) && options[before.slice(2)]?.type === "string" && before.startsWith("--"))
      joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/** `. Did you mean "info"?`, or "" where nothing is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near.length > 0 ? `. Did you mean ${near.map((name) => `"${name}"`).join(" or ")}?` : "";
}

/** Node's complaint, shorter, with a way on. */
function complaint(message: string, options: Options): string {
  const known = Object.entries(options).flatMap(([name, { short }]) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
  const [, unknown] = /^Unknown option '([^']+)'/.exec(message) ?? [];
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    return `unknown option ${unknown}. ${near.length > 0 ? `Did you mean ${near.join(" or ")}?` : known.length > 0 ? `There are: ${known.join(", ")}.` : "There are none."}`;
  }
  const [, extra] = /^Unexpected argument '([^']*)'/.exec(message) ?? [];
  if (extra !== undefined)
    return `what is "${extra}"? Only options follow here${known.length > 0 ? `: ${known.join(", ")}` : ""}.`;
  const [, lacking] = /^Option '(?:-\w, )?(-[^ ']+)/.exec(message) ?? [];
  if (lacking !== undefined && /does not take an argument/.test(message)) return `${lacking} takes no value`;
  if (lacking !== undefined && /missing|ambiguous/.test(message))
    return `${lacking} needs a value behind it${/ambiguous/.test(message) ? `; one that begins with a dash as ${lacking}=-…` : ""}`;
  return message;
}

/** A path of the command line: it starts where the shell is, as with every command; paths in code start at the project's root. */
export const pathHere = (given: string): string => resolve(given);

/** A model of the command line: a path where there is something, else what it was: a Hub id. */
export const modelHere = (idOrPath: string): string => (existsSync(idOrPath) ? resolve(idOrPath) : idOrPath);

/** A number of seconds, 0 where none is given. Throws UsageError where `text` is no such number. */
export function seconds(option: string, text = "0"): number {
  if (!(Number(text) >= 0) || text.trim() === "")
    throw new UsageError(`${option} is "${text}"; it must be a number of seconds`);
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
export function numberOf(
  option: string,
  text: string | undefined,
  otherwise: number,
  { least = 0, most = Infinity, whole = false } = {},
): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most && value < Infinity && (!whole || Number.isInteger(value)))
    return value;
  const bounds = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  throw new UsageError(`${option} is "${text}"; it must be a ${whole ? "whole number" : "number"}, ${bounds}`);
}
