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

/** `["steps=8", "corpus=a=b"]` as `{ steps: "8", corpus: "a=b" }`. */
export function namedValues(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`-p ${text}: write -p name=value`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}
