#!/usr/bin/env node
import { exitCodes } from "./command/command";
import { asksForHelp, commandOf, helpFor, unknownCommand } from "./command/overview";
import { inOptions, saysItAll } from "./command/plain-error";
import { UsageError } from "./command/usage";
import { version } from "./command/version";

export { commands } from "./command/commands";
export type { Command } from "./command/command";

/** Runs the command that `argv` names, and sets the exit code of this process. */
export async function main(argv: readonly string[]): Promise<void> {
  if (argv[0] === "--version" || argv[0] === "-v") return void process.stdout.write(`${version()}\n`);
  const help = helpFor(argv);
  if (help !== undefined) return void process.stdout.write(help);
  const command = asksForHelp(argv) ? undefined : commandOf(argv);
  try {
    if (!command) throw new UsageError(unknownCommand(argv));
    process.exitCode = await command.run(argv.slice(command.words.length));
  } catch (error) {
    const { name, stack, message } = error as Error;
    const text = saysItAll(error as Error) ? inOptions(error as Error, command?.options ?? []) : (stack ?? message);
    process.stderr.write(`deepretrieval: ${text}\n`);
    if (name === "UsageError")
      process.stderr.write(`Try: ${["deepretrieval", ...(command?.words ?? []), "--help"].join(" ")}\n`);
    process.exitCode =
      name === "UsageError" ? exitCodes.usage : name === "Interrupted" ? exitCodes.interrupted : exitCodes.failed;
  }
}

if (require.main === module) void main(process.argv.slice(2));
