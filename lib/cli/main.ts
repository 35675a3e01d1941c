#!/usr/bin/env node
import { coldstart, coldstartUsage } from "./coldstart";
import { data, dataUsage } from "./data";
import { evalIr, evalIrUsage } from "./eval-ir";
import { exitCodes } from "./execute-notebook";
import { indexBuild, indexBuildUsage } from "./index-build";
import { kernelCheck, kernelCheckUsage } from "./kernel-check";
import { kernelInstall, kernelInstallUsage, kernelUninstall, kernelUninstallUsage } from "./kernel-install";
import { lab, labUsage } from "./lab";
import { modelCommand, modelUsage } from "./model";
import { nbCheck, nbCheckUsage } from "./nb-check";
import { nbHtml, nbHtmlUsage } from "./nb-html";
import { nbRun, nbRunUsage } from "./nb-run";
import { nbStrip, nbStripUsage } from "./nb-strip";
import { nbFromTs, nbFromTsUsage, nbToTs, nbToTsUsage } from "./nb-text";
import { prepareData, prepareUsage } from "./prepare";
import { score, scoreUsage } from "./score";
import { search, searchUsage } from "./search";
import { start, startUsage } from "./start";
import { UsageError } from "./usage";

/** One command: the words that call it, what it does, and how it is used. Returns an exit code. */
export interface Command {
  readonly words: readonly string[];
  readonly usage: string;
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** Every command of `deepretrieval`. A new one is a new line. */
export const commands: readonly Command[] = [
  { words: ["start"], usage: startUsage, run: start },
  { words: ["lab"], usage: labUsage, run: lab },
  { words: ["kernel", "install"], usage: kernelInstallUsage, run: kernelInstall },
  { words: ["kernel", "uninstall"], usage: kernelUninstallUsage, run: kernelUninstall },
  { words: ["kernel", "check"], usage: kernelCheckUsage, run: kernelCheck },
  { words: ["nb", "run"], usage: nbRunUsage, run: nbRun },
  { words: ["nb", "check"], usage: nbCheckUsage, run: nbCheck },
  { words: ["nb", "strip"], usage: nbStripUsage, run: nbStrip },
  { words: ["nb", "html"], usage: nbHtmlUsage, run: nbHtml },
  { words: ["nb", "to-ts"], usage: nbToTsUsage, run: nbToTs },
  { words: ["nb", "from-ts"], usage: nbFromTsUsage, run: nbFromTs },
  { words: ["data", "prepare"], usage: prepareUsage, run: prepareData },
  { words: ["data"], usage: dataUsage, run: data },
  { words: ["model"], usage: modelUsage, run: modelCommand },
  { words: ["coldstart"], usage: coldstartUsage, run: coldstart },
  { words: ["score"], usage: scoreUsage, run: score },
  { words: ["index", "build"], usage: indexBuildUsage, run: indexBuild },
  { words: ["search"], usage: searchUsage, run: search },
  { words: ["eval", "ir"], usage: evalIrUsage, run: evalIr },
];

/** Runs the command that `argv` names, and sets the exit code of this process. */
export async function main(argv: readonly string[]): Promise<void> {
  const command = commands.find(({ words }) => words.every((word, i) => argv[i] === word));
  const help = `Usage:\n\n${(command ? [command] : commands).map(({ usage }) => usage).join("\n\n")}\n`;
  if (argv.length === 0 || argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(help);
    return;
  }
  try {
    if (!command) throw new UsageError(`unknown command "${argv.join(" ")}"`);
    process.exitCode = await command.run(argv.slice(command.words.length));
  } catch (error) {
    const { name, message, stack } = error as Error;
    const { code } = error as NodeJS.ErrnoException;
    const mine = ["UsageError", "CorruptData", "KernelDied", "NoJupyterLab"].includes(name) || /^E[A-Z]+$/.test(code ?? ""); // the message says it all
    process.stderr.write(`deepretrieval: ${mine ? message : stack ?? message}\n${name === "UsageError" ? `Try: deepretrieval ${command ? `${command.words.join(" ")} ` : ""}--help\n` : ""}`);
    process.exitCode = name === "UsageError" ? exitCodes.usage : exitCodes.failed;
  }
}

if (require.main === module) void main(process.argv.slice(2));
