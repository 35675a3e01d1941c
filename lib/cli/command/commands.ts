import { coldstart, coldstartUsage } from "../models/coldstart";
import { data, dataUsage, dataVerbs } from "../data/data";
import { evalIr, evalIrUsage } from "../searching/eval-ir";
import { indexBuild, indexBuildUsage } from "../searching/index-build";
import { kernelCheck, kernelCheckUsage } from "../kernel/kernel-check";
import { kernelInstall, kernelInstallUsage, kernelUninstall, kernelUninstallUsage } from "../kernel/kernel-install";
import { lab, labUsage } from "../notebooks/lab";
import { modelCommand, modelUsage, modelVerbs } from "../models/model";
import { nbCheck, nbCheckUsage } from "../notebooks/nb-check";
import { nbHtml, nbHtmlUsage } from "../notebooks/nb-html";
import { nbRun, nbRunUsage } from "../notebooks/nb-run";
import { nbStrip, nbStripUsage } from "../notebooks/nb-strip";
import { nbFromTs, nbFromTsUsage, nbToTs, nbToTsUsage } from "../notebooks/nb-text";
import { prepareData, prepareUsage } from "../data/prepare";
import { score, scoreUsage } from "../scoring/score";
import { search, searchUsage } from "../searching/search";
import { start, startUsage } from "../notebooks/start";

/** One command: the words that call it, what it does, and how it is used. `run` returns an exit code. */
export interface Command {
  readonly topic: Topic;
  readonly words: readonly string[];
  readonly verbs?: readonly string[]; // what may follow, where the command reads the next word itself
  readonly usage: string; // its first lines are `deepretrieval WORDS …  what it does`
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** What the overview groups commands by, in its order. */
export const topics = [
  "Start here",
  "Notebooks",
  "The Jupyter kernel",
  "Data and models",
  "Searching and scoring",
] as const;
type Topic = (typeof topics)[number];

/** Every command of `deepretrieval`. A new one is a new line. */
export const commands: readonly Command[] = [
  { topic: "Start here", words: ["start"], usage: startUsage, run: start },
  { topic: "Start here", words: ["lab"], usage: labUsage, run: lab },
  { topic: "The Jupyter kernel", words: ["kernel", "install"], usage: kernelInstallUsage, run: kernelInstall },
  { topic: "The Jupyter kernel", words: ["kernel", "uninstall"], usage: kernelUninstallUsage, run: kernelUninstall },
  { topic: "The Jupyter kernel", words: ["kernel", "check"], usage: kernelCheckUsage, run: kernelCheck },
  { topic: "Notebooks", words: ["nb", "run"], usage: nbRunUsage, run: nbRun },
  { topic: "Notebooks", words: ["nb", "check"], usage: nbCheckUsage, run: nbCheck },
  { topic: "Notebooks", words: ["nb", "strip"], usage: nbStripUsage, run: nbStrip },
  { topic: "Notebooks", words: ["nb", "html"], usage: nbHtmlUsage, run: nbHtml },
  { topic: "Notebooks", words: ["nb", "to-ts"], usage: nbToTsUsage, run: nbToTs },
  { topic: "Notebooks", words: ["nb", "from-ts"], usage: nbFromTsUsage, run: nbFromTs },
  { topic: "Data and models", words: ["data", "prepare"], usage: prepareUsage, run: prepareData },
  { topic: "Data and models", words: ["data"], verbs: dataVerbs, usage: dataUsage, run: data },
  { topic: "Data and models", words: ["model"], verbs: modelVerbs, usage: modelUsage, run: modelCommand },
  { topic: "Data and models", words: ["coldstart"], usage: coldstartUsage, run: coldstart },
  { topic: "Searching and scoring", words: ["index", "build"], usage: indexBuildUsage, run: indexBuild },
  { topic: "Searching and scoring", words: ["search"], usage: searchUsage, run: search },
  { topic: "Searching and scoring", words: ["eval", "ir"], usage: evalIrUsage, run: evalIr },
  { topic: "Searching and scoring", words: ["score"], usage: scoreUsage, run: score },
];
