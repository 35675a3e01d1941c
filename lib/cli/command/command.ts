import { type Options, readOptions, typed, type Values } from "./options";

/** What the overview groups commands by, in its order. */
export const topics = [
  "Start here",
  "Notebooks",
  "The Jupyter kernel",
  "Data and models",
  "Searching and scoring",
  "Serving",
] as const;
export type Topic = (typeof topics)[number];

/** Exit codes, as shells know them. `failed` includes a notebook whose run did not come to its end. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** One command: the words that call it and what it does. `run` returns an exit code. */
export interface Command {
  readonly topic: Topic;
  readonly words: readonly string[];
  readonly verbs: readonly string[]; // what may follow, where the command reads the next word itself
  readonly calls: readonly Call[];
  readonly usage: string; // what --help prints
  readonly options: readonly string[]; // their names, without dashes
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** A way to call a command, and what it does then. */
interface Call {
  readonly call: string; // "nb run FILE [options]"
  readonly does: string;
}

/** The words behind a command that are no option, such as files. */
interface Operands {
  readonly says?: readonly (readonly [word: string, says: string])[]; // lines of the help
  readonly most?: number; // Infinity where it is left out
}

/** A command as a table: its options declare how they are typed, explained and read. */
interface Declaration<O extends Options> {
  readonly topic: Topic;
  readonly words: string; // "nb run"
  readonly verbs?: readonly string[];
  readonly calls: string | readonly (readonly [call: string, does: string])[];
  readonly does?: string; // where `calls` is one call
  readonly options: O;
  readonly operands?: Operands; // without them, a word that is no option is refused
  readonly notes?: string; // below the options in the help
  readonly run: (values: Values<O>, operands: readonly string[]) => Promise<number>;
}

/** The command of a declaration. Its help is written from the same table that reads its options. */
export function command<O extends Options>(declaration: Declaration<O>): Command {
  const { topic, words, verbs = [], calls, does = "", options, operands, notes, run } = declaration;
  const ways = (typeof calls === "string" ? [[calls, does] as const] : calls).map(([call, does]) => ({ call, does }));
  const lines = [
    ...(operands?.says ?? []),
    ...Object.entries(options).map(([name, { takes, short, says }]) => {
      const names = short === undefined ? `--${typed(name)}` : `-${short}`;
      return [takes === undefined ? names : `${names} ${takes}`, says] as const;
    }),
  ];
  const usage = [
    ways.map(({ call, does }) => `deepretrieval ${call}  ${does}`).join("\n"),
    ...(lines.length > 0 ? [table(lines)] : []),
    ...(notes === undefined ? [] : [notes]),
  ].join("\n\n");
  return {
    topic,
    words: words.split(" "),
    verbs,
    calls: ways,
    usage,
    options: Object.keys(options).map(typed),
    run: async (argv) => {
      const read = readOptions(options, argv, operands === undefined ? 0 : operands.most);
      return run(read.values, read.operands);
    },
  };
}

const widest = 18; // of the column of names; a longer one stands in a line with its explanation all the same

function table(lines: readonly (readonly [name: string, says: string])[]): string {
  const width = Math.min(widest, Math.max(...lines.map(([name]) => name.length)));
  return lines
    .map(([name, says]) => `  ${name.padEnd(width)}  ${says.replaceAll("\n", `\n${" ".repeat(width + 4)}`)}`)
    .join("\n");
}
