import { nearest } from "../../core/nearest";
import { type Command, topics } from "./command";
import { commands } from "./commands";

/** The help: an overview of all commands by topic, one group's verbs, or one command in full. */

const column = 46; // where what a command does begins

/** The command that `argv` calls; undefined for none. One that reads its verb itself also complains of it itself. */
export const commandOf = (argv: readonly string[]): Command | undefined =>
  commands.find(({ words }) => words.every((word, i) => argv[i] === word));

/** The commands that begin with `word`: the verbs of `nb`, say. */
const groupOf = (word: string | undefined): readonly Command[] => commands.filter(({ words }) => words[0] === word);

/** Whether `argv` asks for help, and not for something that is called "--help". */
export const asksForHelp = (argv: readonly string[]): boolean => {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? undefined : end).some((word) => word === "--help" || word === "-h");
};

/**
 * What to print where `argv` names a group, asks for help of a command, or says nothing; undefined where it is none of
 * these.
 */
export function helpFor(argv: readonly string[]): string | undefined {
  const help = asksForHelp(argv);
  const named = argv.filter((word) => !word.startsWith("-"));
  if (named.length === 0 && (help || argv.length === 0)) return overview();
  const group = groupOf(named[0]);
  const isGroup = group.some(({ words, verbs }) => words.length > 1 || verbs.length > 0);
  const reads = commandOf(named)?.verbs ?? [];
  if (isGroup && named.length === 1 && (help || (argv.length === 1 && reads.length === 0)))
    return `${group.map(lineOf).join("\n")}\n\ndeepretrieval ${named[0]} VERB --help says more.\n`;
  const command = help && (reads.length === 0 || reads.includes(named[1]!)) ? commandOf(named) : undefined;
  return command && `${command.usage}\n`;
}

function overview(): string {
  const parts = topics.map(
    (topic) =>
      `${topic}\n${commands
        .filter((command) => command.topic === topic)
        .map(lineOf)
        .join("\n")}`,
  );
  return (
    `Usage: deepretrieval COMMAND [options]\n\n${parts.join("\n\n")}\n\ndeepretrieval COMMAND --help says how a ` +
    "command is used; deepretrieval --version, which one this is.\n"
  );
}

/** A line for each way to call a command. */
const lineOf = ({ calls }: Command): string =>
  calls
    .map(({ call, does }) => {
      const short = `  deepretrieval ${call.replace(" [options]", "")}`;
      return short.length < column ? `${short.padEnd(column)}${does}` : `${short}\n${" ".repeat(column)}${does}`;
    })
    .join("\n");

/** What to say of words that are no command, with the commands that may have been meant. */
export function unknownCommand(argv: readonly string[]): string {
  const end = argv.findIndex((word) => word.startsWith("-"));
  const named = end < 0 ? argv : argv.slice(0, end);
  const names = commands.flatMap(({ words, verbs }) =>
    (verbs.length > 0 ? verbs : [""]).map((verb) => [...words, verb].join(" ").trim()),
  );
  const group = groupOf(named[0]);
  const typed = (group.length > 0 ? named.slice(0, 2) : named.slice(0, 1)).join(" ");
  const groups = [...new Set(names.map((name) => name.split(" ")[0]!))];
  const byVerb = names.filter((name) => name.split(" ").at(-1) === named[0]); // "run" for "nb run"
  const near = [
    ...new Set([
      ...nearest(named.slice(0, 2).join(" "), names),
      ...(group.length > 0 ? [] : [...byVerb, ...nearest(named[0] ?? "", groups)]),
    ]),
  ].slice(0, 3);
  const verbs =
    group.length > 0
      ? `: say one of ${group.flatMap(({ words, verbs: own }) => (own.length > 0 ? own : words.slice(1))).join(", ")}`
      : "";
  const unknown = group.length > 0 ? typed : named.join(" ") || argv.join(" ");
  const meant = near.length > 0 ? `. Did you mean ${near.map((name) => `"${name}"`).join(" or ")}?` : "";
  return `unknown command "${unknown}"${verbs}${meant}`;
}
