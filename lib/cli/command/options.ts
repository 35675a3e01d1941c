import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import type { Range } from "../../core/ranges";
import { complaint, UsageError } from "./usage";

/**
 * One option of a command: how it is written, what its help says, and what the command gets for it. `read` gets the
 * texts that were given, none where the option was left out, and throws UsageError for a text that is not allowed.
 */
export interface Option<T> {
  readonly takes?: string; // the word of the help that stands for its value; a flag has none
  readonly short?: string; // the letter of its short form
  readonly many?: boolean; // may be given several times
  readonly says: string;
  readonly read: (given: readonly string[], option: string) => T;
}

/** The options of a command by their names in code: `maxTokens` is `--max-tokens`. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** What a command gets for its options. */
export type Values<O extends Options> = { readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never };

/** `maxTokens` as it is typed: `max-tokens`. */
export const typed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** On or off. */
export const flag = (says: string): Option<boolean> => ({ says, read: (given) => given.length > 0 });

/** A text, or undefined where the option was left out. */
export const text = (takes: string, says: string, short?: string): Option<string | undefined> => ({
  takes,
  says,
  ...(short !== undefined && { short }),
  read: ([given]) => given,
});

/** Every text that was given, in order. */
export const texts = (takes: string, says: string): Option<readonly string[]> => ({
  takes,
  says,
  many: true,
  read: (given, option) => {
    if (given.includes("")) throw new UsageError(`${option}: say a text that is not empty`);
    return given;
  },
});

/** A path of the command line: it starts where the shell is, as with every command. */
export const pathHere = (given: string): string => resolve(given);

/** A path, resolved where the shell is; paths in code start at the project's root instead. */
export const place = (takes: string, says: string): Option<string | undefined> => ({
  takes,
  says,
  read: ([given]) => (given === undefined ? undefined : resolve(given)),
});

/** A model: a path where there is a file or folder, resolved where the shell is; else a Hub id as it stands. */
export const modelName = (says: string, takes = "MODEL"): Option<string | undefined> => ({
  takes,
  says,
  read: ([given]) => (given === undefined || !existsSync(given) ? given : resolve(given)),
});

/** A number within `range`, or `otherwise`, which may be undefined. */
export const number = <T extends number | undefined>(
  takes: string,
  says: string,
  range: Range,
  otherwise: T,
): Option<number | T> => ({
  takes,
  says,
  read: ([given], option) => {
    if (given === undefined) return otherwise;
    const value = given.trim() === "" ? NaN : Number(given);
    if (!Number.isFinite(value) || !range.fits(value))
      throw new UsageError(`${option} is "${given}"; it must be ${range.what}`);
    return value;
  },
});

/** One of a few words. */
export const oneOf = <Word extends string>(
  takes: string,
  says: string,
  words: readonly Word[],
  otherwise: Word,
): Option<Word> => ({
  takes,
  says,
  read: ([given], option) => {
    const word = words.find((each) => each === (given ?? otherwise));
    if (word === undefined)
      throw new UsageError(`${option} ${given}: it is ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`);
    return word;
  },
});

/** `-p name=value` as often as wanted: `["steps=8", "corpus=a=b"]` gives `{ steps: "8", corpus: "a=b" }`. */
export const parameters = (says: string): Option<Readonly<Record<string, string>>> => ({
  takes: "name=value",
  short: "p",
  many: true,
  says,
  read: (given) => namedValues(given),
});

/** The option, of which the command has need: `question` is asked where it was left out. */
export const required = <T>(option: Option<T | undefined>, question: string): Option<T> => ({
  ...option,
  read: (given, name) => {
    const value = option.read(given, name);
    if (value === undefined) throw new UsageError(`${question} Give ${name} ${option.takes}`);
    return value;
  },
});

/** `["steps=8"]` as `{ steps: "8" }`. Throws UsageError where a text has no name. */
export function namedValues(given: readonly string[]): Record<string, string> {
  const pairs = given.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`-p ${pair}: write -p name=value`);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

/**
 * Reads the words behind a command with Node's own parser. Returns the options' values and the other words, in order.
 * Throws UsageError, which names the nearest options, for what the table does not have, and where there are more than
 * `most` other words. A number below zero may follow its option.
 */
export function readOptions<O extends Options>(
  options: O,
  argv: readonly string[],
  most = Infinity,
): { readonly values: Values<O>; readonly operands: readonly string[] } {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { takes, short }]) => [
      typed(name),
      {
        type: takes === undefined ? "boolean" : "string",
        multiple: takes !== undefined,
        ...(short !== undefined && { short }),
      } as const,
    ]),
  );
  const parsed = parsedArgs(config, argv);
  const extra = parsed.positionals.slice(most);
  if (extra.length > 0)
    throw new UsageError(
      most === 0
        ? `what is "${extra[0]}"? Only options follow here: ${Object.keys(config)
            .map((name) => `--${name}`)
            .join(", ")}.`
        : `${most === 1 ? "one" : most} at a time; also given: ${extra.join(" ")}`,
    );
  const values = Object.entries(options).map(([name, { read, many = false }]) => {
    const given = parsed.values[typed(name)];
    const list = given === undefined ? [] : Array.isArray(given) ? given.map(String) : [String(given)];
    return [name, read(many ? list : list.slice(-1), `--${typed(name)}`)];
  });
  return { values: Object.fromEntries(values) as Values<O>, operands: parsed.positionals };
}

type Config = NonNullable<ParseArgsConfig["options"]>;

function parsedArgs(options: Config, argv: readonly string[]): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: withNegativeNumbers(argv, options), options, allowPositionals: true });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (!String(code).startsWith("ERR_PARSE_ARGS")) throw cause;
    throw new UsageError(complaint(message, options), { cause });
  }
}

/** `--seed -1` as `--seed=-1`, which is how Node reads it. */
function withNegativeNumbers(args: readonly string[], options: Config): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? "";
    if (/^-[\d.]+(e[+-]?\d+)?$/i.test(arg) && options[before.slice(2)]?.type === "string" && before.startsWith("--"))
      joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}
